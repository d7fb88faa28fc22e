"""What holds for every backtest: vectorbt agrees, nothing looks ahead, costs only hurt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from titan_research.backtest._vectorbt import replay
from titan_research.backtest.inputs import PairArrays, pair_arrays, spread_of, trading_start
from titan_research.backtest.ledger import Ledger, simulate_pair, trade_frame
from titan_research.panel import Panel
from titan_research.parameters import (
    BacktestParameters,
    CostParameters,
    RuleParameters,
    SizingParameters,
    SpreadParameters,
)
from titan_research.types import Field

N = 260
calmly = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class World:
    closes: Panel
    opens: Panel | None
    parameters: BacktestParameters

    def arrays(self) -> PairArrays:
        return pair_arrays(self.closes, "Y", "X", self.opens)

    def run(self, *, flatten: bool = True) -> Ledger:
        pair, first = self.arrays(), trading_start(self.closes.index, self.parameters.spread)
        signals = spread_of(pair, self.parameters.spread)
        return simulate_pair(pair, signals, self.parameters, first=first, last=len(self.closes) - 1, flatten=flatten)


def prices(seed: int, slope: float, holes: int) -> tuple[Panel, Panel]:
    rng = np.random.default_rng(seed)
    log_x = 3.5 + 0.012 * rng.standard_normal(N).cumsum()
    noise = np.zeros(N)
    for t in range(1, N):
        noise[t] = 0.85 * noise[t - 1] + 0.02 * rng.standard_normal()
    closes = np.exp(np.column_stack([4.0 + slope * (log_x - 3.5) + noise, log_x]))
    opens = np.vstack([closes[:1], closes[:-1]]) * np.exp(0.004 * rng.standard_normal((N, 2)))
    for block, count in ((closes, holes), (opens, 15 * holes)):
        block[rng.integers(0, N, count), rng.integers(0, 2, count)] = np.nan
    sessions = pd.bdate_range("2015-01-01", periods=N, tz="UTC")
    return Panel(closes, sessions, ("Y", "X")), Panel(opens, sessions, ("Y", "X"), Field.OPEN)


rates = st.floats(0, 0.005)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    closes, opens = prices(
        draw(st.integers(0, 10_000)), draw(st.sampled_from([1.0, 0.4, -0.8])), draw(st.integers(0, 5))
    )
    entry = draw(st.floats(0.8, 1.8))
    return World(
        closes,
        draw(st.sampled_from([opens, None])),
        BacktestParameters(
            spread=SpreadParameters(
                kind=draw(st.sampled_from(["log", "price"])), hedge_window=draw(st.sampled_from([20, 40])),
                zscore_window=draw(st.sampled_from([8, 15])),
            ),
            rules=RuleParameters(
                entry=entry, exit=draw(st.floats(-0.5, 0.5)), stop=draw(st.one_of(st.none(), st.floats(1.9, 4.0))),
                max_holding=draw(st.one_of(st.none(), st.integers(1, 20))),
            ),
            costs=CostParameters(
                commission=draw(rates), slippage=draw(rates), fixed_commission=draw(st.sampled_from([0.0, 2.5])),
                borrow_rate=draw(st.sampled_from([0.0, 0.08])),
            ),
            sizing=SizingParameters(gross_exposure=draw(st.sampled_from([0.5, 1.0, 4.0]))),
        ),
    )  # fmt: skip


def tampered(world: World, rows: slice) -> World:
    """Other prices in these rows, one of them missing."""
    rng = np.random.default_rng(7)
    parts = []
    for panel in (world.closes, world.opens):
        if panel is None:
            parts.append(None)
            continue
        values = panel.values.copy()
        values[rows] *= np.exp(0.3 * rng.standard_normal(values[rows].shape))
        parts.append(Panel(values, panel.index, panel.symbols, panel.field))
    closes, opens = parts
    assert closes is not None
    return World(closes, opens, world.parameters)


@calmly
@given(world=worlds())
def test_the_simulators_equity_is_vectorbts(world: World) -> None:
    pair, ledger = world.arrays(), world.run()
    costs, capital = world.parameters.costs, world.parameters.sizing.capital
    value = replay(
        world.closes.index, np.column_stack([ledger.shares_y, ledger.shares_x]),
        np.column_stack([pair.close_y, pair.close_x]), np.column_stack([ledger.fill_y, ledger.fill_x]),
        commission=costs.commission, slippage=costs.slippage, fixed_commission=costs.fixed_commission, capital=capital,
    )  # fmt: skip
    equity = capital + np.cumsum(ledger.pnl)
    audited = value - np.cumsum(ledger.costs[:, 2])
    assert np.max(np.abs(audited - equity) / np.maximum(np.abs(equity), capital)) <= 1e-10


@calmly
@given(world=worlds())
def test_borrow_is_rate_times_days_times_the_short_value_of_the_close_before(world: World) -> None:
    ledger, pair = world.run(), world.arrays()
    marks = pd.DataFrame({"y": pair.close_y, "x": pair.close_x}).ffill().shift(1).fillna(0.0)
    short_y = np.maximum(-pd.Series(ledger.shares_y).shift(1).fillna(0.0), 0.0)
    short_x = np.maximum(-pd.Series(ledger.shares_x).shift(1).fillna(0.0), 0.0)
    expected = world.parameters.costs.borrow_rate / 360 * pair.days * (short_y * marks["y"] + short_x * marks["x"])
    np.testing.assert_allclose(ledger.costs[:, 2], expected, rtol=1e-12, atol=1e-12)


@calmly
@given(world=worlds())
def test_the_trades_add_up_to_the_equity(world: World) -> None:
    ledger = world.run()
    trades = trade_frame(ledger, world.closes.index, world.parameters.sizing)
    assert trades["pnl"].sum() == pytest.approx(ledger.pnl.sum(), rel=1e-9, abs=1e-6)
    assert trades["bars"].sum() == (ledger.shares_y != 0).sum()


@calmly
@given(world=worlds())
def test_both_legs_are_held_together_and_never_reversed_in_one_bar(world: World) -> None:
    ledger = world.run()
    assert ((ledger.shares_y != 0) == (ledger.shares_x != 0)).all()
    sides = np.sign(ledger.shares_y)
    assert (sides[1:] * sides[:-1] >= 0).all()
    assert ledger.shares_y[-1] == ledger.shares_x[-1] == 0


def outputs(ledger: Ledger) -> list[np.ndarray]:
    return [ledger.pnl, ledger.position, ledger.shares_y, ledger.shares_x, ledger.costs]


@calmly
@given(world=worlds(), cut=st.integers(60, N - 5))
def test_nothing_before_the_cut_depends_on_what_comes_after(world: World, cut: int) -> None:
    whole = outputs(world.run())
    garbled = outputs(tampered(world, slice(cut, N)).run())
    opens = None if world.opens is None else world.opens.rows(0, cut)
    short = outputs(World(world.closes.rows(0, cut), opens, world.parameters).run(flatten=False))
    for first, second, third in zip(whole, garbled, short, strict=True):
        np.testing.assert_array_equal(first[:cut], second[:cut])
        np.testing.assert_array_equal(first[:cut], third)


@calmly
@given(world=worlds(), bar=st.integers(60, N - 5))
def test_what_was_decided_before_a_bar_is_filled_whatever_its_prices(world: World, bar: int) -> None:
    before, after = world.run(), tampered(world, slice(bar, bar + 1)).run()
    np.testing.assert_array_equal(before.shares_y[: bar + 1], after.shares_y[: bar + 1])
    np.testing.assert_array_equal(before.shares_x[: bar + 1], after.shares_x[: bar + 1])
    np.testing.assert_array_equal(before.position[:bar], after.position[:bar])


@calmly
@given(world=worlds(), name=st.sampled_from(["commission", "slippage", "fixed_commission", "borrow_rate"]))
def test_a_higher_cost_never_helps_and_never_changes_a_decision(world: World, name: str) -> None:
    costs = world.parameters.costs
    dearer = world.parameters.replace(costs=costs.replace(**{name: getattr(costs, name) + 0.004}))
    cheap, dear = world.run(), World(world.closes, world.opens, dearer).run()
    np.testing.assert_array_equal(cheap.shares_y, dear.shares_y)
    assert (np.cumsum(dear.pnl) <= np.cumsum(cheap.pnl) + 1e-7).all()
    if (cheap.shares_y != 0).any():
        assert dear.pnl.sum() < cheap.pnl.sum()
