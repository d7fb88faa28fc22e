"""Walk-forward: nothing is known too early, noise stays noise, and a real edge is found."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import InsufficientData, InvalidInput, NotFound
from titan_research.panel import Panel
from titan_research.parameters import (
    BacktestParameters,
    CostParameters,
    RuleParameters,
    SpreadParameters,
    WalkForwardParameters,
)
from titan_research.synthetic import cointegrated_universe, random_walks
from titan_research.walkforward.walk_forward import WalkForward

CHOSEN = ["fold", "y", "x", "p_value", "q_value", "half_life", "survives", "zscore_window", "entry", "exit", "stop"]


def parameters(costs: CostParameters | None = None, **changes: object) -> WalkForwardParameters:
    backtest = BacktestParameters(
        spread=SpreadParameters(hedge_window=120, zscore_window=30),
        rules=RuleParameters(max_holding=40),
        costs=costs or CostParameters(),
    )
    options: dict[str, object] = {
        "formation": 400, "trading": 120, "n_pairs": 2, "zscore_windows": (20, 40), "entries": (1.0, 1.5, 2.0),
        "exits": (0.0, 0.5), "backtest": backtest,
    }  # fmt: skip
    return WalkForwardParameters(**(options | changes))


@pytest.fixture(scope="module")
def universe() -> tuple[Panel, tuple[tuple[str, str], ...]]:
    return cointegrated_universe(2, 2, 3, 1400, 8.0, 11)


@pytest.fixture(scope="module")
def walk(universe):
    return WalkForward(parameters()).run(universe[0])


def garbled(panel: Panel, cut: int) -> Panel:
    values = panel.values.copy()
    noise = np.random.default_rng(1).standard_normal(values[cut:].shape)
    values[cut:] = values[cut - 1] * np.exp(np.cumsum(0.05 * noise, axis=0))
    return Panel(values, panel.index, panel.symbols)


@pytest.mark.parametrize("cut", [520, 641, 777, 1103, 1399])
def test_later_prices_change_neither_earlier_choices_nor_earlier_equity(universe, walk, cut):
    panel, _ = universe

    again = WalkForward(parameters()).run(garbled(panel, cut))

    known = walk.choices["fitted_until"] < panel.index[cut]
    assert known.any()
    pd.testing.assert_frame_equal(again.choices.loc[known, CHOSEN], walk.choices.loc[known, CHOSEN], check_exact=True)
    before = walk.equity.index < panel.index[cut]
    assert (again.equity[before].to_numpy() == walk.equity[before].to_numpy()).all()
    assert (again.equity[~before].to_numpy() != walk.equity[~before].to_numpy()).any()


@pytest.mark.parametrize("cut", [700, 901])
def test_dropping_later_sessions_leaves_the_equity_before_the_last_bar(universe, walk, cut):
    panel, _ = universe

    again = WalkForward(parameters()).run(panel.rows(0, cut))

    assert (again.equity.iloc[:-1].to_numpy() == walk.equity.iloc[: len(again.equity) - 1].to_numpy()).all()


def test_every_parameter_was_fitted_before_it_was_used(walk):
    starts = walk.folds.set_index("fold")["test_start"].loc[walk.choices["fold"]]

    assert (walk.choices["fitted_until"].to_numpy() < starts.to_numpy()).all()


def test_a_cointegrated_universe_is_found_and_earns_out_of_sample(universe, walk):
    _, true_pairs = universe

    survivors = walk.choices[walk.choices["survives"]]
    found = {tuple(sorted(pair)) for pair in survivors[["y", "x"]].itertuples(index=False, name=None)}
    assert set(true_pairs) <= found
    assert walk.out_of_sample_sharpe > 1.0
    assert walk.reality_check_p_value < 0.01
    assert walk.walk_forward_efficiency > 0.4
    assert "more than luck explains" in walk.verdict


def test_noise_earns_nothing_and_is_not_called_an_edge():
    """Six worlds of independent random walks, 1,800 sessions to trade, no costs."""
    free = parameters(CostParameters.free())
    results = [WalkForward(free).run(random_walks(6, 2200, seed)) for seed in range(6)]

    sharpes = [result.out_of_sample_sharpe for result in results]
    assert abs(np.mean(sharpes)) < 0.45
    assert np.mean([result.in_sample_sharpe for result in results]) > 0.7
    assert sum(result.reality_check_p_value < 0.05 for result in results) <= 1
    assert all(result.deflated_sharpe_ratio < 0.95 for result in results)


def test_the_folds_follow_each_other_and_add_up_to_the_curve(universe, walk):
    capital = walk.parameters.backtest.sizing.capital
    folds = walk.folds

    assert walk.n_folds == len(folds) == 9
    assert list(walk.equity.index) == list(universe[0].index[400:])
    assert (folds["test_start"].iloc[1:].to_numpy() > folds["test_end"].iloc[:-1].to_numpy()).all()
    assert folds["test_return"].sum() * capital == pytest.approx(walk.equity.iloc[-1] - capital, rel=1e-9)
    assert walk.returns.sum() * capital == pytest.approx(walk.equity.iloc[-1] - capital, rel=1e-9)
    assert walk.metrics.n_trades == folds["n_trades"].sum() == walk.choices["n_trades"].sum() > 50
    assert walk.metrics.commission > 0
    by_pair = (walk.choices["test_return"] / 2).groupby(walk.choices["fold"]).sum()
    np.testing.assert_allclose(by_pair, folds["test_return"], rtol=1e-9)


def test_the_book_is_flat_at_the_first_bar_of_every_test(walk):
    moves = walk.equity.diff().loc[walk.folds["test_start"].iloc[1:]]

    assert (moves == 0.0).all()
    assert walk.equity.iloc[0] == walk.parameters.backtest.sizing.capital


def test_every_combination_of_every_pair_and_fold_counts_as_a_trial(walk):
    assert walk.n_combinations == 12
    assert walk.n_trials == 12 * len(walk.choices)


def test_fixed_parameters_are_the_baseline_and_one_trial_a_pair(universe):
    panel, pairs = universe

    result = WalkForward(parameters(selection="fixed")).run(panel, pairs=pairs)

    assert result.out_of_sample_sharpe == pytest.approx(result.baseline_sharpe, rel=1e-12)
    assert set(result.choices["zscore_window"]) == {30}
    assert result.n_trials == len(result.choices) == 2 * result.n_folds
    assert result.switch_rate == 0.0
    assert "fixed, not chosen" in result.verdict


def test_given_pairs_are_traded_in_every_fold_and_the_verdict_says_so(universe):
    panel, pairs = universe

    result = WalkForward(parameters()).run(panel, pairs=pairs)

    assert not result.selection_inside
    assert list(zip(result.choices["y"], result.choices["x"], strict=True)) == list(pairs) * result.n_folds
    assert (result.choices["p_value"] == result.choices["q_value"]).all()
    assert "the pairs were given" in result.verdict


def test_the_same_input_gives_the_same_bits(universe, walk):
    again = WalkForward(parameters()).run(universe[0])

    assert again.to_dict() == walk.to_dict()


def test_opens_are_used_for_fills(universe, walk):
    panel, _ = universe
    drift = np.exp(0.002 * np.random.default_rng(3).standard_normal(panel.values.shape))
    opens = Panel(panel.values * drift, panel.index, panel.symbols, "open")

    result = WalkForward(parameters()).run(panel, opens=opens)

    pd.testing.assert_frame_equal(result.choices[["y", "x", "p_value"]], walk.choices[["y", "x", "p_value"]])
    assert result.equity.iloc[-1] != walk.equity.iloc[-1]


def test_purge_and_anchor_move_the_training_window(universe):
    panel, _ = universe

    result = WalkForward(parameters(purge=40, anchored=True)).run(panel)

    rows = panel.index.get_indexer(result.folds["train_end"]), panel.index.get_indexer(result.folds["test_start"])
    assert (rows[1] - rows[0] == 41).all()
    assert (result.folds["train_start"] == panel.index[0]).all()


def test_a_symbol_that_is_listed_later_joins_when_it_has_bars(universe):
    panel, pairs = universe
    values = panel.values.copy()
    late = panel.symbols.index(pairs[0][0])
    values[:700, late] = np.nan

    result = WalkForward(parameters()).run(Panel(values, panel.index, panel.symbols))

    traded = result.choices[(result.choices["y"] == pairs[0][0]) | (result.choices["x"] == pairs[0][0])]
    assert len(traded)
    assert traded["fitted_until"].min() > panel.index[700]


def test_a_window_without_a_testable_pair_stays_flat(universe):
    panel, _ = universe
    values = panel.values[:, :2].copy()
    values[:600, 1] = np.nan

    result = WalkForward(parameters()).run(Panel(values, panel.index, panel.symbols[:2]))

    assert result.folds["n_pairs"].iloc[0] == 0
    assert math.isnan(result.folds["test_sharpe"].iloc[0])
    assert result.equity.iloc[119] == result.parameters.backtest.sizing.capital


def test_a_study_in_which_nothing_can_be_traded_is_a_result_too(universe, walk):
    panel, _ = universe
    values = panel.values[:, :2].copy()
    values[:, 1] = np.nan

    result = WalkForward(parameters()).run(Panel(values, panel.index, panel.symbols[:2]))

    assert result.choices.empty
    assert result.choices.dtypes.equals(walk.choices.dtypes)
    assert result.n_trials == result.metrics.n_trades == 0
    assert "Nothing was traded" in result.verdict
    assert "Nothing was traded" in result._repr_html_()


def test_progress_counts_the_folds_and_can_cancel(universe):
    panel, pairs = universe
    seen = []
    WalkForward(parameters()).run(panel, pairs=pairs[:1], progress=lambda done, total: seen.append((done, total)))

    assert seen == [(fold, 9) for fold in range(1, 10)]

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        WalkForward(parameters()).run(panel, progress=cancel)


def test_impossible_requests_are_refused(universe):
    panel, pairs = universe
    walk_forward = WalkForward(parameters())

    with pytest.raises(InsufficientData, match="400 to form"):
        walk_forward.run(panel.rows(0, 410))
    with pytest.raises(InvalidInput, match="at least one pair"):
        walk_forward.run(panel, pairs=[])
    with pytest.raises(InvalidInput, match="two different symbols"):
        walk_forward.run(panel, pairs=[("S000", "S000")])
    with pytest.raises(NotFound, match="NOPE"):
        walk_forward.run(panel, pairs=[("S000", "NOPE")])
    with pytest.raises(InvalidInput, match="same sessions"):
        walk_forward.run(panel, pairs=pairs, opens=panel.rows(1, len(panel)))


def test_the_result_is_json_and_a_page(walk):
    document = json.loads(json.dumps(walk.to_dict(), allow_nan=False))
    page = walk._repr_html_()

    assert {field.name for field in dataclasses.fields(walk)} == set(document)
    assert walk.verdict.split("(")[0] in page
    assert page.count("<tr>") > walk.n_folds
    assert walk.to_frame() is walk.folds
    assert len(walk.surface) == walk.n_combinations
    assert walk.summary().startswith(walk.verdict)
