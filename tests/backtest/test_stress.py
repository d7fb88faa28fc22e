"""The same backtest with dearer and slower execution."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest.inputs import pair_arrays, spread_of
from titan_research.backtest.results import BacktestResult
from titan_research.backtest.stress import cost_stress
from titan_research.panel import Panel
from titan_research.parameters import SpreadParameters


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
    """After the fit the first close is missing, so until the window is full again only older signals could trade."""
    fixed = SpreadParameters(
        method="fixed", zscore_window=20, hedge_ratio=1.0, intercept=0.0, fitted_until="2000-01-03"
    )
    zscore = spread_of(pair_arrays(panel, "YYY", "XXX"), fixed).zscore
    fitted = 200 + int(np.flatnonzero((np.abs(zscore[200:]) > 1.6) & (np.abs(zscore[200:]) < 2.9))[0])
    values = panel.values[: fitted + 15].copy()
    values[fitted + 1] = np.nan
    cut = Panel(values, panel.index[: fitted + 15], panel.symbols)
    parameters = result.parameters.replace(spread=fixed.replace(fitted_until=f"{panel.index[fitted]:%Y-%m-%d}"))
    stressed = cost_stress(cut, y="YYY", x="XXX", parameters=parameters, multiples=(), delays=(1, 2, 3))
    assert stressed["total_return"].tolist() == [0.0, 0.0, 0.0]
    earlier = result.parameters.replace(spread=fixed.replace(fitted_until=f"{panel.index[fitted - 1]:%Y-%m-%d}"))
    traded = cost_stress(cut, y="YYY", x="XXX", parameters=earlier, multiples=(), delays=(3,))
    assert traded["total_return"].item() != 0.0


def test_a_delay_changes_the_result(table: pd.DataFrame) -> None:
    assert table.loc[table["stress"] == "delay", "total_return"].nunique() == 3
