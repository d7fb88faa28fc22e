"""The simulator: sizes, gates, charges and closes, on prices small enough to follow by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from titan_research.backtest._kernel import TRADE_FIELDS, simulate, simulate_grid

NAN = float("nan")
IN = [0.0, -2.5, -2.0, -1.5, 0.0, 0.0, 0.0, 0.0]  # long: decided at 1, left at 4


class Book:
    """One call of the simulator with defaults, its outputs by name."""

    def __init__(self, zscore: list[float], **given: Any) -> None:
        n = len(zscore)
        prices = {"close_y": np.linspace(50, 57, n), "close_x": np.linspace(20, 27, n)}
        prices |= {name: np.array(given.pop(name), float) for name in prices if name in given}
        fills = {leg: np.array(given.pop(f"fill_{leg}", prices[f"close_{leg}"]), dtype=float) for leg in ("y", "x")}
        hedge = np.broadcast_to(np.array(given.pop("hedge_ratio", 2.0), dtype=float), n).copy()
        days = np.array(given.pop("days", np.ones(n)), dtype=float)
        options = {
            "log_spread": False, "entry": 2.0, "exit": 0.5, "stop": math.inf, "max_holding": 0, "commission": 0.0,
            "slippage": 0.0, "fixed": 0.0, "borrow_rate": 0.0, "notional": 10_000.0, "first": 0, "last": n - 1,
            "flatten": True, **given,
        }  # fmt: skip
        self.arguments = (
            hedge, prices["close_y"], prices["close_x"], fills["y"], fills["x"], days, *options.values(),
        )  # fmt: skip
        self.pnl, self.position, self.shares_y, self.shares_x = (np.zeros(n) for _ in range(4))
        self.costs, trades = np.zeros((n, 3)), np.zeros((n, len(TRADE_FIELDS)))
        self.turnover, count = simulate(
            np.array(zscore, dtype=float), *self.arguments, self.pnl, self.position, self.shares_y, self.shares_x,
            self.costs, trades,
        )  # fmt: skip
        self.trades = [dict(zip(TRADE_FIELDS, row, strict=True)) for row in trades[:count]]


def test_a_decision_is_filled_one_bar_later_at_the_fill_price() -> None:
    book = Book(IN, fill_y=np.linspace(49, 56, 8), fill_x=np.linspace(20, 27, 8))
    assert book.position.tolist() == [0, 1, 1, 1, 0, 0, 0, 0]
    assert (book.shares_y != 0).tolist() == [False, False, True, True, True, False, False, False]
    held_y, held_x = book.shares_y[2], book.shares_x[2]
    assert book.pnl[2] == pytest.approx(held_y * (52 - 51) + held_x * (22 - 22))
    assert book.pnl[5] == pytest.approx(held_y * (54 - 54) + held_x * (25 - 24))


@pytest.mark.parametrize("hedge_ratio", [2.0, 0.3, -0.7])
@pytest.mark.parametrize("side", [1, -1])
def test_a_price_spread_holds_the_hedge_ratio_in_shares(hedge_ratio: float, side: int) -> None:
    book = Book([-side * z for z in [0, 2.5, 2, 0, 0]], hedge_ratio=hedge_ratio)
    y, x = book.shares_y[2], book.shares_x[2]
    assert np.sign(y) == side
    assert x / y == pytest.approx(-hedge_ratio)
    assert abs(y) * 51.75 + abs(x) * 21.75 == pytest.approx(10_000)


@pytest.mark.parametrize("hedge_ratio", [2.0, 0.3, -0.7])
@pytest.mark.parametrize("side", [1, -1])
def test_a_log_spread_holds_the_hedge_ratio_in_dollars(hedge_ratio: float, side: int) -> None:
    book = Book([-side * z for z in [0, 2.5, 2, 0, 0]], hedge_ratio=hedge_ratio, log_spread=True)
    dollars_y, dollars_x = book.shares_y[2] * 51.75, book.shares_x[2] * 21.75
    assert np.sign(dollars_y) == side
    assert dollars_x / dollars_y == pytest.approx(-hedge_ratio)
    assert abs(dollars_y) + abs(dollars_x) == pytest.approx(10_000)


def test_shares_and_hedge_ratio_are_frozen_while_a_trade_is_open() -> None:
    book = Book(IN, hedge_ratio=[1, 2, 3, 4, 5, 6, 7, 8])
    assert len({*book.shares_x[2:5] / book.shares_y[2:5]}) == 1
    assert book.trades[0]["hedge_ratio"] == 2.0
    assert (book.trades[0]["shares_y"], book.trades[0]["shares_x"]) == (book.shares_y[2], book.shares_x[2])


@pytest.mark.parametrize("leg", ["y", "x"])
@pytest.mark.parametrize("broken", [NAN, 0.0, -1.0, math.inf])
def test_both_legs_wait_for_the_leg_without_a_price(leg: str, broken: float) -> None:
    prices = {"y": np.linspace(50, 57, 8), "x": np.linspace(20, 27, 8)}
    prices[leg][[2, 5]] = broken
    book = Book(IN, fill_y=prices["y"], fill_x=prices["x"])
    held = [False, False, False, True, True, True, False, False]
    assert (book.shares_y != 0).tolist() == held
    assert (book.shares_x != 0).tolist() == held
    assert (book.trades[0]["entry"], book.trades[0]["exit"]) == (3, 6)


def test_an_entry_that_was_never_filled_is_forgotten_when_the_rule_leaves() -> None:
    fills = np.linspace(50, 57, 8)
    fills[2:5] = NAN
    book = Book(IN, fill_y=fills, commission=0.001, fixed=5.0)
    assert book.trades == []
    assert not book.pnl.any()
    assert book.turnover == 0


def test_a_missing_close_is_marked_with_the_last_one_and_the_move_comes_with_the_next() -> None:
    closes = np.linspace(50, 57, 8)
    closes[3] = NAN
    book = Book(IN, close_y=closes, fill_y=np.linspace(50, 57, 8), close_x=np.full(8, 20.0))
    assert book.pnl[3] == 0
    assert book.pnl[4] == pytest.approx(book.shares_y[2] * 2)


def test_what_is_open_at_the_end_is_closed_there_with_costs() -> None:
    book = Book([0, -2.5, -2, -2, -2], commission=0.001)
    trade = book.trades[0]
    assert (trade["exit"], trade["reason"], book.shares_y[-1]) == (4, 3, 0)
    assert book.costs[4, 0] == pytest.approx(0.001 * (trade["shares_y"] * 57 - trade["shares_x"] * 27))


def test_the_end_uses_the_last_closes_when_there_is_no_price_to_fill_at() -> None:
    closes = np.array([50.0, 51, 52, 53, NAN])
    book = Book([0, -2.5, -2, -2, NAN], close_y=closes, close_x=np.full(5, 20.0))
    assert book.shares_y[-1] == 0
    assert book.pnl.sum() == pytest.approx(book.trades[0]["shares_y"] * (53 - 52))


def test_nothing_is_entered_on_the_last_bar() -> None:
    assert Book([0, 0, 0, -2.5, -2.5]).trades == []


def test_an_unflattened_book_stays_open_and_decides_at_the_last_bar() -> None:
    book = Book([0, -2.5, -2, -2, 0], flatten=False)
    assert book.shares_y[-1] > 0
    assert book.position[-1] == 0
    assert book.trades == []


def test_rows_before_first_and_after_last_are_left_alone() -> None:
    book = Book([-2.5] * 3 + [0] + [-2.5] * 4, first=3, last=6)
    assert book.position[:4].tolist() == [0] * 4
    assert book.trades[0]["decided"] == 4
    assert (book.pnl[7], book.shares_y[7]) == (0, 0)


@pytest.mark.parametrize("side", [1, -1])
def test_borrow_is_charged_on_the_short_leg_by_calendar_day_on_the_close_before(side: int) -> None:
    book = Book([side * z for z in IN], borrow_rate=0.36, days=[0, 1, 1, 3, 1, 1, 1, 1], hedge_ratio=1.0)
    lent = book.shares_x[2] * 22 if side > 0 else book.shares_y[2] * 52
    assert book.costs[:3, 2].tolist() == [0, 0, 0]
    assert book.costs[3, 2] == pytest.approx(-0.36 / 360 * 3 * lent)
    assert book.costs[5, 2] > 0
    assert book.costs[6, 2] == 0


def test_commission_is_charged_on_the_slipped_price_and_a_fixed_fee_by_order() -> None:
    book = Book(IN, commission=0.001, slippage=0.01, fixed=3.0, hedge_ratio=1.0)
    bought, sold = book.shares_y[2] * 52, -book.shares_x[2] * 22
    assert book.costs[2, 0] == pytest.approx(0.001 * (bought * 1.01 + sold * 0.99) + 6)
    assert book.costs[2, 1] == pytest.approx(0.01 * (bought + sold))


def test_the_trade_records_add_up_to_the_pnl() -> None:
    rng = np.random.default_rng(0)
    zscore = list(rng.normal(0, 2, 300))
    walk = np.exp(rng.normal(0, 0.02, (2, 300)).cumsum(axis=1))
    book = Book(
        zscore, close_y=50 * walk[0], close_x=20 * walk[1], commission=0.001, slippage=0.0005, fixed=1,
        borrow_rate=0.05, days=np.ones(300), stop=4.0, max_holding=5,
    )  # fmt: skip
    nets = [t["gross_pnl"] - t["commission"] - t["slippage"] - t["borrow"] for t in book.trades]
    assert len(nets) > 30
    assert sum(nets) == pytest.approx(book.pnl.sum(), rel=1e-12)
    assert sum(t["borrow"] for t in book.trades) == pytest.approx(book.costs[:, 2].sum(), rel=1e-12)
    assert {t["reason"] for t in book.trades} >= {0.0, 1.0, 2.0}
    for trade, net in zip(book.trades, nets, strict=True):
        assert trade["mae"] <= min(net, 0)
        assert trade["mfe"] >= max(net, 0)


def test_the_grid_is_the_single_run_bit_for_bit() -> None:
    rng = np.random.default_rng(3)
    zscores = rng.normal(0, 1.5, (2, 200))
    walk = np.exp(rng.normal(0, 0.02, (2, 200)).cumsum(axis=1))
    window_of, entries = np.array([0, 1, 1]), np.array([1.0, 1.5, 2.0])
    exits, stops = np.array([0.0, 0.2, -0.5]), np.array([3.0, math.inf, 2.5])
    shared = {"close_y": 50 * walk[0], "close_x": 20 * walk[1], "max_holding": 7, "commission": 0.001,
              "borrow_rate": 0.03, "first": 10}  # fmt: skip
    books = [
        Book(list(zscores[w]), entry=e, exit=x, stop=s, **shared)
        for w, e, x, s in zip(window_of, entries, exits, stops, strict=True)
    ]
    a = books[0].arguments
    pnl, turnover, n_trades, bars_in = np.zeros((3, 200)), np.zeros(3), np.zeros(3, int), np.zeros(3, int)
    simulate_grid(
        zscores, window_of, *a[:7], entries, exits, stops, *a[10:-1], pnl, turnover, n_trades, bars_in
    )  # fmt: skip
    for row, book in enumerate(books):
        np.testing.assert_array_equal(pnl[row], book.pnl)
        assert turnover[row] == book.turnover
        assert n_trades[row] == len(book.trades) > 5
        assert bars_in[row] == (book.shares_y != 0).sum()
