from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest.engine import BacktestEngine
from titan_research.errors import InvalidInput
from titan_research.parameters import SpreadParameters
from titan_research.plotting import backtest as figures


def test_equity_and_drawdown_are_those_of_the_result(backtest, check_drawn) -> None:
    chart = figures.equity_and_drawdown(backtest)

    check_drawn(chart, ["equity", "drawdown"])
    np.testing.assert_array_equal(chart.data[0].y, backtest.equity)
    assert min(chart.data[1].y) == pytest.approx(backtest.metrics.max_drawdown)
    assert max(chart.data[1].y) <= 0


def test_the_histogram_counts_every_trade_and_parts_winners_from_losers(backtest, check_drawn) -> None:
    chart = figures.trade_pnl(backtest)

    check_drawn(chart, ["winners", "losers"])
    winners, losers = chart.data
    assert sum(winners.y) == (backtest.trades["pnl"] >= 0).sum()
    assert sum(losers.y) == (backtest.trades["pnl"] < 0).sum()


def test_excursions_show_each_trade_twice(backtest, check_drawn) -> None:
    chart = figures.excursions(backtest)

    check_drawn(chart, ["worst moment (MAE)", "best moment (MFE)", "closed there"])
    assert len(chart.data[0].x) == len(chart.data[1].x) == len(backtest.trades)


def test_the_months_add_up_to_the_total(backtest, check_drawn) -> None:
    chart = figures.monthly_returns(backtest)

    check_drawn(chart, ["return"])
    assert np.nansum(chart.data[0].z) == pytest.approx(backtest.positions["pnl"].sum() / 100_000)


def test_the_waterfall_goes_from_gross_to_net(backtest, check_drawn) -> None:
    chart = figures.cost_waterfall(backtest)

    check_drawn(chart, ["P&L"])
    gross, *costs, net = chart.data[0].y
    assert net == pytest.approx(backtest.equity.iloc[-1] - 100_000)
    assert gross + sum(costs) == pytest.approx(net)
    assert gross == pytest.approx(backtest.trades["gross_pnl"].sum())


def test_exposure_has_the_sign_of_the_spread_position(backtest, check_drawn) -> None:
    chart = figures.exposure(backtest)

    check_drawn(chart, ["gross exposure"])
    np.testing.assert_array_equal(np.sign(chart.data[0].y), np.sign(backtest.positions["shares_y"]))


def test_reasons_add_up_to_all_trades(backtest, check_drawn) -> None:
    chart = figures.pnl_by_reason(backtest)

    check_drawn(chart, ["long the spread", "short the spread"])
    assert sum(sum(trace.y) for trace in chart.data) == pytest.approx(backtest.trades["pnl"].sum())


def test_a_backtest_without_trades_says_so(backtest) -> None:
    empty = backtest.replace(trades=backtest.trades.iloc[:0])

    for draw in (figures.trade_pnl, figures.excursions, figures.pnl_by_reason):
        chart = draw(empty)
        assert len(chart.data) == 0
        assert chart.layout.annotations[0].text == "no trades"


def test_a_sweep_is_a_surface_of_two_parameters(panel, check_drawn) -> None:
    grid = {"window": [20, 40], "entry": [1.5, 2.0, 2.5], "exit": [0.0], "stop": [4.0]}
    sweep = BacktestEngine().sweep(
        panel, pairs=[("S000", "S001")], grid=grid, spread=SpreadParameters(hedge_window=120)
    )
    chart = figures.sweep_surface(sweep)

    check_drawn(chart, ["Sharpe ratio"])
    assert np.asarray(chart.data[0].z).shape == (3, 2)
    assert np.asarray(chart.data[0].z)[0, 0] == pytest.approx(sweep.table["sharpe_ratio"].iloc[0])
    with pytest.raises(InvalidInput, match="two different axes"):
        figures.sweep_surface(sweep, down="entry", across="entry")


def test_stress_draws_costs_and_delays(check_drawn) -> None:
    table = pd.DataFrame(
        {
            "stress": ["costs", "costs", "delay", "delay"],
            "level": [0.0, 1.0, 1.0, 2.0],
            "sharpe_ratio": [0.9, 0.5, 0.5, np.nan],
        }
    )
    check_drawn(figures.cost_stress(table), ["costs multiplied", "filled later"])
