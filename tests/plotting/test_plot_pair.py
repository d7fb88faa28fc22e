from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import InvalidInput
from titan_research.pairs.results import StabilityResult
from titan_research.pairs.tester import CointegrationTester
from titan_research.plotting import pair, prices


@pytest.fixture(scope="module")
def stability(panel) -> StabilityResult:
    return CointegrationTester().stability(panel, "S000", "S001", window=250, step=25)


def test_rebased_prices_start_at_one_and_lose_no_point(panel, check_drawn) -> None:
    frame = panel.to_frame().iloc[:, :3]
    chart = prices.rebased_prices(frame)

    check_drawn(chart, ["S000", "S001", "S002"])
    assert [len(trace.x) for trace in chart.data] == [700, 700, 700]
    assert [trace.y[0] for trace in chart.data] == [1.0, 1.0, 1.0]
    assert chart.layout.yaxis.type == "log"


def test_a_gap_in_prices_stays_a_gap(panel) -> None:
    frame = panel.to_frame().iloc[:, :1].copy()
    frame.iloc[10:20] = np.nan

    assert np.isnan(prices.rebased_prices(frame).data[0].y).sum() == 10


def test_prices_without_a_positive_start_are_refused(panel) -> None:
    with pytest.raises(InvalidInput, match="positive price"):
        prices.rebased_prices(panel.to_frame().iloc[:, :2] * 0.0)


def test_pair_prices_show_both_legs_and_their_ratio(panel, check_drawn) -> None:
    chart = prices.pair_prices(panel.to_frame(), y="S000", x="S001")

    check_drawn(chart, ["S000", "S001", "S000 / S001"])
    np.testing.assert_allclose(chart.data[0].y / chart.data[1].y, chart.data[2].y)


def test_the_zscore_carries_a_mark_for_every_decision(backtest, check_drawn) -> None:
    chart = pair.spread_and_zscore(backtest)
    names = [trace.name for trace in chart.data]

    check_drawn(chart, names)
    assert names[0] == "z-score"
    assert names[-1] == "spread"
    entries = [trace for trace in chart.data if str(trace.name).startswith("enter")]
    exits = [trace for trace in chart.data if str(trace.name).startswith("exit")]
    assert sum(len(trace.x) for trace in entries) == len(backtest.trades) > 3
    assert sum(len(trace.x) for trace in exits) == np.isfinite(backtest.trades["exit_zscore"]).sum()
    decided = set(backtest.trades["decided"].dt.strftime("%Y-%m-%d"))
    assert {session for trace in entries for session in trace.x} == decided
    long = next(trace for trace in entries if "long" in str(trace.name))
    assert max(long.y) < 0


def test_the_hedge_ratio_is_drawn_with_the_ratios_that_trades_froze(backtest, check_drawn) -> None:
    chart = pair.hedge_ratio_path(backtest)

    check_drawn(chart, ["hedge ratio", "frozen by a trade", "intercept"])
    path = pd.Series(chart.data[0].y, index=chart.data[0].x)
    frozen = pd.Series(chart.data[1].y, index=chart.data[1].x)
    np.testing.assert_allclose(path[frozen.index].to_numpy(), frozen.to_numpy())


def test_stability_shows_p_value_hedge_ratio_and_half_life(stability, check_drawn) -> None:
    chart = pair.stability(stability)

    check_drawn(chart, ["p-value", "hedge ratio", "half-life"])
    np.testing.assert_array_equal(chart.data[0].y, stability.table["p_value"])
    assert f"{stability.n_windows} windows" in chart.layout.title.text


def test_a_half_life_longer_than_the_window_is_drawn_at_the_window(stability) -> None:
    table = stability.table.assign(half_life=np.inf)
    table.iloc[0, table.columns.get_loc("half_life")] = 1e6

    chart = pair.stability(stability.replace(table=table))

    values = np.asarray(chart.data[-1].y)
    assert chart.data[-1].name == "half-life"
    assert values[0] == stability.window
    assert np.isnan(values[1:]).all()
