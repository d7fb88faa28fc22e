"""Two trades whose every dollar was worked out by hand, through the simulator and both engines of vectorbt.

One thousand dollars of y a trade, two shares of x against one of y; commission 5 and 10 basis points and slippage 2
and 4 on y and x; decided at the close, filled at the next open.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest._kernel import TRADE_FIELDS, simulate
from titan_research.backtest._vectorbt import replay

OPENS = np.array([[50, 51, 52, 53, 50, 49, 50], [25, 25.5, 25.2, 25, 25.4, 25.6, 25]]).T
CLOSES = np.array([[50.5, 51.5, 52.5, 52, 49.5, 49.2, 50.2], [25.2, 25.3, 25.1, 25.2, 25.5, 25.4, 25.1]]).T
DECIDED = [0, -1, -1, 0, 1, 1, 0]
ZSCORE = np.array([0.0, 2.5, 1.5, 0.1, -2.5, -1.5, 0.1])
EQUITY = [2000, 2000, 1984.3305833, 1997.92281631, 2042.46447301, 2052.44498978, 2084.7682221]
COMMISSION, SLIPPAGE = np.array([[0.0005, 0.0010]]), np.array([[0.0002, 0.0004]])
TRADES = ((0, 4, 1), (4, 6, 4))  # first row, last row, row of the decision to enter


def ledger(*, commission: float = 0.0, slippage: float = 0.0, borrow_rate: float = 0.0) -> dict[str, np.ndarray]:
    """Both trades from the simulator, one row range each because their gross notionals differ."""
    book = {name: np.zeros(7) for name in ("pnl", "position", "shares_y", "shares_x")}
    costs = np.zeros((7, 3))
    for first, last, decision in TRADES:
        price_y, price_x = CLOSES[decision]
        parts, paid = {name: np.zeros(7) for name in book}, np.zeros((7, 3))
        simulate(
            ZSCORE, np.full(7, 2.0), *CLOSES.T.copy(), *OPENS.T.copy(), np.ones(7), False, 2.0, 0.5, np.inf, 0,
            commission, slippage, 0.0, borrow_rate, 1000.0 * (1 + 2 * price_x / price_y), first, last, False,
            *parts.values(), paid, np.zeros((4, len(TRADE_FIELDS))),
        )  # fmt: skip
        new = slice(first + (first > 0), last + 1)
        for name, values in parts.items():
            book[name][new] = values[new]
        costs[new] = paid[new]
    return {**book, "costs": costs, "shares": np.column_stack([book["shares_y"], book["shares_x"]])}


def charges(shares: np.ndarray) -> np.ndarray:
    """Dollars of commission and slippage by bar; the commission is charged on the slipped price."""
    orders = np.diff(shares, axis=0, prepend=0.0)
    slipped = OPENS * (1 + np.sign(orders) * SLIPPAGE)
    return (np.abs(orders) * slipped * COMMISSION + np.abs(orders) * OPENS * SLIPPAGE).sum(axis=1)


def test_the_simulator_decides_and_sizes_as_by_hand() -> None:
    book = ledger()
    assert list(book["position"]) == DECIDED
    np.testing.assert_allclose(book["shares_y"], [0, 0, -1000 / 51.5, -1000 / 51.5, 0, 1000 / 49.5, 1000 / 49.5])
    np.testing.assert_allclose(book["shares_x"], -2 * book["shares_y"])


def test_the_simulator_reaches_the_equity_of_the_hand_ledger() -> None:
    book = ledger()
    np.testing.assert_allclose(2000 + np.cumsum(book["pnl"] - charges(book["shares"])), EQUITY, atol=5e-9, rtol=0)


def test_the_simulator_reaches_the_borrow_of_the_hand_ledger() -> None:
    book = ledger(borrow_rate=0.03)
    equity = 2000 + np.cumsum(book["pnl"] - charges(book["shares"]))
    assert book["costs"][:, 2].sum() == pytest.approx(0.25461574, abs=5e-9)
    assert equity[-1] == pytest.approx(2084.51360636, abs=5e-9)


@pytest.mark.parametrize("engine", ["rust", "numba"])
def test_vectorbt_reaches_the_equity_of_the_hand_ledger(engine: str) -> None:
    equity = replay(
        pd.date_range("2020-01-01", periods=7, tz="UTC"), ledger()["shares"], CLOSES, OPENS,
        commission=COMMISSION, slippage=SLIPPAGE, fixed_commission=0.0, capital=2000.0, engine=engine,
    )  # fmt: skip
    np.testing.assert_allclose(equity, EQUITY, atol=5e-9, rtol=0)


def test_one_rate_for_both_legs_costs_the_same_in_the_simulator_and_in_vectorbt() -> None:
    book = ledger(commission=0.0005, slippage=0.0002)
    equity = replay(
        pd.date_range("2020-01-01", periods=7, tz="UTC"), book["shares"], CLOSES, OPENS,
        commission=0.0005, slippage=0.0002, fixed_commission=0.0, capital=2000.0,
    )  # fmt: skip
    np.testing.assert_allclose(2000 + np.cumsum(book["pnl"]), equity, rtol=1e-14)
    assert book["costs"][:, :2].sum() > 3
