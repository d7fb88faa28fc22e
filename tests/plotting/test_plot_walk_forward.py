from __future__ import annotations

import numpy as np
import pytest

from titan_research.errors import InvalidInput
from titan_research.parameters import BacktestParameters, SpreadParameters, WalkForwardParameters
from titan_research.plotting import walk_forward as figures
from titan_research.walkforward.results import WalkForwardResult
from titan_research.walkforward.walk_forward import WalkForward


@pytest.fixture(scope="module")
def walk(panel) -> WalkForwardResult:
    parameters = WalkForwardParameters(
        formation=250,
        trading=100,
        n_pairs=2,
        zscore_windows=(20, 40),
        entries=(1.0, 1.5, 2.0),
        exits=(0.0,),
        backtest=BacktestParameters(spread=SpreadParameters(hedge_window=100, zscore_window=20)),
    )
    return WalkForward(parameters).run(panel)


def test_the_stitched_curve_is_the_result_with_a_border_at_every_window(walk, check_drawn) -> None:
    chart = figures.stitched_equity(walk)

    check_drawn(chart, ["out-of-sample equity", "drawdown"])
    np.testing.assert_array_equal(chart.data[0].y, walk.equity)
    assert min(chart.data[1].y) == pytest.approx(walk.metrics.max_drawdown)
    borders = {shape.x0 for shape in chart.layout.shapes if shape.x0 == shape.x1}
    assert borders == set(walk.folds["test_start"].dt.strftime("%Y-%m-%d"))


def test_promised_and_kept_shows_every_pair_and_window_with_both_numbers(walk, check_drawn) -> None:
    chart = figures.in_sample_versus_out(walk)

    check_drawn(chart, ["pair in a window", "all pairs of a window", "promise kept"])
    both = walk.choices[["train_sharpe", "test_sharpe"]].notna().all(axis=1)
    assert len(chart.data[0].x) == both.sum()
    np.testing.assert_array_equal(chart.data[1].y, walk.folds["test_sharpe"].dropna())


def test_the_path_shows_the_choice_of_every_pair(walk, check_drawn) -> None:
    chart = figures.parameter_path(walk)
    names = [trace.name for trace in chart.data]

    check_drawn(chart, names)
    assert names[::2] == ["zscore window, a pair", "entry, a pair", "exit, a pair", "stop, a pair"]
    np.testing.assert_array_equal(chart.data[2].y, walk.choices["entry"])


def test_stops_that_were_never_set_are_left_out(walk) -> None:
    chart = figures.parameter_path(walk.replace(choices=walk.choices.assign(stop=np.inf)))

    assert not [trace for trace in chart.data if str(trace.name).startswith("stop")]


def test_the_surface_puts_training_above_test_with_one_scale(walk, check_drawn) -> None:
    chart = figures.score_surface(walk)
    heats = [trace for trace in chart.data if trace.type == "heatmap"]

    check_drawn(chart, ["training", "chosen most often", "test", "chosen most often"])
    table = walk.surface.set_index(["entry", "zscore_window"])
    assert heats[0].z[2][1] == pytest.approx(table.loc[(2.0, 40), "train_sharpe"])
    assert heats[1].z[2][1] == pytest.approx(table.loc[(2.0, 40), "test_sharpe"])
    assert heats[0].zmax == heats[1].zmax == -heats[0].zmin
    with pytest.raises(InvalidInput, match="two different axes"):
        figures.score_surface(walk, down="entry", across="nonsense")


def test_the_timeline_has_a_bar_for_every_training_and_test(walk, check_drawn) -> None:
    chart = figures.window_timeline(walk)

    check_drawn(chart, [trace.name for trace in chart.data])
    bars = {trace.name: sum(x is None for x in trace.x) for trace in chart.data}
    assert bars.pop("training") == walk.n_folds
    assert sum(bars.values()) == walk.n_folds


def test_the_windows_are_compared_with_the_default_parameters(walk, check_drawn) -> None:
    chart = figures.fold_sharpes(walk)

    check_drawn(chart, ["training", "test", "default parameters, test"])
    np.testing.assert_array_equal(chart.data[1].y, walk.folds["test_sharpe"])


def test_a_study_that_never_traded_says_so(walk) -> None:
    empty = walk.replace(choices=walk.choices.iloc[:0], folds=walk.folds.assign(test_sharpe=np.nan))

    assert figures.parameter_path(empty).layout.annotations[0].text == "no window had a pair to trade"
    assert figures.in_sample_versus_out(empty).layout.annotations[0].text.startswith("nothing was traded")
    assert len(figures.score_surface(empty).data) == 2
