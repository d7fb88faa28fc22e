"""BacktestEngine: one pair from prices to an audited account, and a grid of them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest import _vectorbt
from titan_research.backtest.engine import BacktestEngine
from titan_research.backtest.results import BacktestResult
from titan_research.backtest.rules import decisions
from titan_research.errors import ComputationFailed, InsufficientData, InvalidInput, InvalidParameters, NotFound
from titan_research.panel import Panel
from titan_research.parameters import CostParameters, RuleParameters, SizingParameters, SpreadParameters
from titan_research.synthetic import random_walks

from .conftest import RULES, SPREAD

GRID = {"zscore_window": [15, 20], "entry": [1.2, 1.5], "exit": [0.2], "stop": [3.0]}


def test_equity_is_capital_plus_all_pnl_and_the_trades_explain_it(result: BacktestResult) -> None:
    gained = result.equity.iloc[-1] - 100_000
    assert len(result.trades) > 10
    assert result.trades["pnl"].sum() == pytest.approx(gained, rel=1e-9)
    assert result.positions["pnl"].sum() == pytest.approx(gained, rel=1e-9)
    assert result.metrics.total_return == pytest.approx(gained / 100_000, rel=1e-9)
    pd.testing.assert_series_equal(result.returns, result.positions["pnl"] / 100_000)
    for cost in ("commission", "slippage", "borrow"):
        assert getattr(result.metrics, cost) == pytest.approx(result.trades[cost].sum(), rel=1e-9)
    assert result.positions["costs"].sum() == pytest.approx(
        result.trades[["commission", "slippage", "borrow"]].sum().sum(), rel=1e-9
    )


def test_the_account_opens_when_the_windows_are_full(panel: Panel, result: BacktestResult) -> None:
    assert result.start == panel.index[79] == result.equity.index[0]
    assert (result.end, result.n_obs, result.metrics.n_obs) == (panel.index[-1], 521, 521)
    assert result.equity.index.equals(result.positions.index)
    assert result.equity.iloc[0] == 100_000


def test_every_trade_is_filled_after_the_close_that_decided_it(result: BacktestResult) -> None:
    trades = result.trades
    assert (trades["decided"] < trades["entry"]).all()
    decided_out = trades[trades["reason"] != "end_of_data"]
    assert (decided_out["exit_decided"] < decided_out["exit"]).all()
    assert (trades["entry"] < trades["exit"]).all()
    assert {"reversion", "stop", "time"} >= set(decided_out["reason"]) >= {"reversion"}


def test_a_hole_in_the_prices_is_held_through_and_told(result: BacktestResult) -> None:
    """Without a z-score nothing is decided, not even that time is up."""
    assert result.trades["bars"].max() > RULES.max_holding
    assert result.findings["finding"].str.contains("z-score was unknown").any()


def test_positions_are_those_of_the_rules(panel: Panel) -> None:
    whole = Panel(panel.to_frame().ffill().to_numpy(), panel.index, panel.symbols)
    positions = BacktestEngine().run(whole, y="YYY", x="XXX", spread=SPREAD, rules=RULES).positions
    expected = decisions(positions["zscore"].to_numpy(), RULES).position
    np.testing.assert_array_equal(positions["position"].to_numpy()[:-2], expected[:-2])


def test_fills_move_to_the_open_where_there_is_one(panel: Panel, opens: Panel) -> None:
    def run(given: Panel | None) -> BacktestResult:
        return BacktestEngine().run(panel, y="YYY", x="XXX", spread=SPREAD, rules=RULES, opens=given)

    full = Panel(opens.to_frame().ffill().to_numpy(), opens.index, opens.symbols, opens.field)
    at_open, mixed, at_close = run(full), run(opens), run(None)
    assert at_open.execution == "filled at the next open"
    assert mixed.execution == "filled at the next open or close"
    assert at_close.execution == "filled at the next close"
    assert at_open.equity.iloc[-1] != at_close.equity.iloc[-1]
    with pytest.raises(InvalidInput, match="same sessions"):
        run(opens.rows(1, 600))


def test_a_fixed_hedge_ratio_trades_only_after_its_fit(panel: Panel) -> None:
    fitted = panel.index[300]
    fixed = SpreadParameters(
        method="fixed", zscore_window=20, hedge_ratio=1.0, intercept=0.0, fitted_until=f"{fitted:%Y-%m-%d}"
    )
    result = BacktestEngine().run(panel, y="YYY", x="XXX", spread=fixed, rules=RULES)
    assert result.start == panel.index[301]
    assert len(result.trades) > 3
    assert (result.trades["decided"] > fitted).all()
    with pytest.raises(InsufficientData, match="after fitted_until"):
        BacktestEngine().run(panel.rows(0, 350), y="YYY", x="XXX", spread=fixed)


def test_constant_prices_give_undefined_metrics_not_infinite_ones() -> None:
    flat = Panel(np.full((400, 2), 10.0), random_walks(2, 400, seed=0).index, ("YYY", "XXX"))
    result = BacktestEngine().run(flat, y="YYY", x="XXX", spread=SPREAD)
    metrics = result.metrics
    assert metrics.n_trades == 0
    assert metrics.total_return == metrics.annualized_volatility == metrics.max_drawdown == 0
    for name in ("sharpe_ratio", "sharpe_ratio_se", "sortino_ratio", "calmar_ratio", "probabilistic_sharpe_ratio",
                 "skewness", "kurtosis", "win_rate", "profit_factor", "average_holding"):  # fmt: skip
        assert math.isnan(getattr(metrics, name)), name


def test_a_ruined_account_is_a_result(panel: Panel) -> None:
    dear = BacktestEngine(
        costs=CostParameters(commission=0.09, slippage=0.05), sizing=SizingParameters(gross_exposure=4.0)
    )
    metrics = dear.run(panel, y="YYY", x="XXX", spread=SPREAD, rules=RULES).metrics
    assert metrics.total_return < -5
    assert metrics.max_drawdown < -1


def test_a_disagreement_with_vectorbt_is_an_error(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = _vectorbt.replay

    def dearer(*arrays: object, commission: float, **rest: object) -> object:
        return honest(*arrays, commission=commission * 1.0001, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(_vectorbt, "replay", dearer)
    with pytest.raises(ComputationFailed, match=r"YYY/XXX.*disagree"):
        BacktestEngine().run(panel, y="YYY", x="XXX", spread=SPREAD, rules=RULES)


def test_too_few_bars_say_how_many_are_needed(panel: Panel) -> None:
    with pytest.raises(InsufficientData, match=r"need 140 \(80 to warm up and 60 to trade\)"):
        BacktestEngine().run(panel.rows(0, 139), y="YYY", x="XXX", spread=SPREAD)


def test_wrong_legs_are_refused(panel: Panel) -> None:
    with pytest.raises(InvalidInput, match="two different symbols"):
        BacktestEngine().run(panel, y="YYY", x="YYY")
    with pytest.raises(NotFound, match="ZZZ"):
        BacktestEngine().run(panel, y="YYY", x="ZZZ")


def test_running_twice_gives_the_same_bits(panel: Panel, result: BacktestResult) -> None:
    again = BacktestEngine().run(panel, y="YYY", x="XXX", spread=SPREAD, rules=RULES)
    assert again.to_dict() == result.to_dict()


def test_progress_is_told_and_may_cancel(panel: Panel) -> None:
    seen: list[tuple[int, int]] = []
    BacktestEngine().run(panel, y="YYY", x="XXX", spread=SPREAD, progress=lambda *step: seen.append(step))
    assert seen == [(1, 2), (2, 2)]

    def cancel(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        BacktestEngine().sweep(panel, pairs=[("YYY", "XXX")], grid=GRID, spread=SPREAD, progress=cancel)


def test_the_sweep_is_the_backtest_of_every_combination(panel: Panel) -> None:
    sweep = BacktestEngine().sweep(panel, pairs=[("YYY", "XXX"), ("XXX", "YYY")], grid=GRID, spread=SPREAD, rules=RULES)
    assert len(sweep.table) == sweep.n_combinations == 8
    for row in sweep.table.iloc[[0, 3, 6]].itertuples():
        one = BacktestEngine().run(
            panel, y=row.y, x=row.x, spread=SPREAD.replace(zscore_window=row.zscore_window),
            rules=RULES.replace(entry=row.entry, exit=row.exit, stop=row.stop),
        )  # fmt: skip
        assert (sweep.start, sweep.n_obs) == (one.start, one.n_obs)
        assert row.n_trades == one.metrics.n_trades
        for name in ("sharpe_ratio", "total_return", "max_drawdown", "turnover", "time_in_market"):
            assert getattr(row, name) == pytest.approx(getattr(one.metrics, name), rel=1e-9), name


def test_all_combinations_trade_the_same_bars(panel: Panel) -> None:
    spread = SPREAD.replace(hedge_window=20)
    sweep = BacktestEngine().sweep(
        panel, pairs=[("YYY", "XXX")], grid={**GRID, "zscore_window": [10, 60]}, spread=spread
    )
    assert sweep.start == panel.index[59]


def test_best_is_sorted_by_sharpe_ratio(panel: Panel) -> None:
    sweep = BacktestEngine().sweep(panel, pairs=[("YYY", "XXX")], grid=GRID, spread=SPREAD)
    best = sweep.best(3)
    assert best["sharpe_ratio"].tolist() == sorted(sweep.table["sharpe_ratio"], reverse=True)[:3]


def test_window_is_another_name_and_no_stop_is_allowed(panel: Panel) -> None:
    grid = {"window": [60], "entry": [0.8], "exit": [-0.7], "stop": [None, 1.5]}
    table = BacktestEngine().sweep(panel, pairs=[("YYY", "XXX")], grid=grid, spread=SPREAD).to_frame()
    assert table["zscore_window"].tolist() == [60, 60]
    assert math.isnan(table["stop"].iloc[0])
    rules = RuleParameters(entry=0.8, exit=-0.7, stop=None)
    spread = SPREAD.replace(zscore_window=60)
    one = BacktestEngine().run(panel, y="YYY", x="XXX", spread=spread, rules=rules)
    assert table["total_return"].iloc[0] == pytest.approx(one.metrics.total_return, rel=1e-9)
    assert table["total_return"].iloc[1] != pytest.approx(one.metrics.total_return, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"entry": list(np.linspace(1, 2, 3000)), "exit": list(np.linspace(0, 0.5, 2000))}, "12,000,000.*5,000,000"),
        ({"entry": list(np.linspace(1, 2, 2_000_000))}, "2 pairs x 4,000,000 .*8,000,000.*5,000,000"),
        ({"entry": []}, "at least one value.*entry"),
        ({"speed": [1]}, "unknown grid axes.*speed"),
        ({"exit": [2.0]}, "exit < entry < stop"),
        ({"stop": [1.0]}, "exit < entry < stop"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_before_any_work(panel: Panel, change: dict, message: str) -> None:
    with pytest.raises(InvalidParameters, match=message):
        BacktestEngine().sweep(panel, pairs=[("YYY", "XXX"), ("XXX", "YYY")], grid={**GRID, **change}, spread=SPREAD)
