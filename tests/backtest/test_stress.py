"""The same backtest with dearer and slower execution."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest.engine import BacktestEngine
from titan_research.backtest.results import BacktestResult
from titan_research.backtest.stress import cost_stress
from titan_research.panel import Panel
from titan_research.parameters import SpreadParameters

from .conftest import RULES, SPREAD


@pytest.fixture(scope="module")
def table(panel: Panel, result: BacktestResult) -> pd.DataFrame:
    return cost_stress(panel, y="YYY", x="XXX", parameters=result.parameters, multiples=(0.0, 1.0, 2.0, 3.0))


def test_costs_times_one_and_a_delay_of_one_are_the_backtest(table: pd.DataFrame, result: BacktestResult) -> None:
    for stress in ("costs", "delay"):
        row = table[(table["stress"] == stress) & (table["level"] == 1.0)].iloc[0]
        for name in ("sharpe_ratio", "annualized_return", "total_return"):
            assert row[name] == pytest.approx(getattr(result.metrics, name), rel=1e-9)


def test_every_dollar_of_costs_counts_as_often_as_it_is_multiplied(table: pd.DataFrame, result: BacktestResult) -> None:
    costs, returns = table[table["stress"] == "costs"], result.metrics
    total = costs.set_index("level")["total_return"]
    spent = (returns.commission + returns.slippage + returns.borrow) / 100_000
    assert (np.diff(total) < 0).all()
    assert total[0.0] - total[1.0] == pytest.approx(spent, rel=1e-9)
    assert total[0.0] - total[3.0] == pytest.approx(3 * spent, rel=1e-9)


def test_costs_times_one_is_what_the_simulator_charges_at_that_rate(
    panel: Panel, result: BacktestResult, table: pd.DataFrame
) -> None:
    costs = result.parameters.costs
    names = ("commission", "slippage", "fixed_commission", "borrow_rate")
    twice = result.parameters.replace(costs=costs.replace(**{name: 2 * getattr(costs, name) for name in names}))
    again = cost_stress(panel, y="YYY", x="XXX", parameters=twice, multiples=(1.0,), delays=())
    doubled = table[(table["stress"] == "costs") & (table["level"] == 2.0)]["total_return"].item()
    assert again["total_return"].item() == pytest.approx(doubled, rel=1e-4)


def test_a_delayed_order_is_not_decided_before_a_fixed_fit_ends(panel: Panel, result: BacktestResult) -> None:
    entered = (
        BacktestEngine()
        .run(panel, y="YYY", x="XXX", spread=SPREAD, rules=RULES.replace(max_holding=None))
        .trades["decided"]
        .iloc[3]
    )
    fixed = result.parameters.replace(
        spread=SpreadParameters(
            method="fixed", zscore_window=20, hedge_ratio=1.0, intercept=0.0, fitted_until=f"{entered:%Y-%m-%d}"
        )
    )
    later = panel.index.searchsorted(entered) + 1
    flat = panel.values.copy()
    flat[later:] = flat[later]
    still = Panel(flat, panel.index, panel.symbols)
    stressed = cost_stress(still, y="YYY", x="XXX", parameters=fixed, multiples=(), delays=(1, 2, 3))
    assert stressed["total_return"].tolist() == [0.0, 0.0, 0.0]


def test_a_delay_changes_the_result(table: pd.DataFrame) -> None:
    assert table.loc[table["stress"] == "delay", "total_return"].nunique() == 3
