"""Sweep of one pair: every combination in the compiled simulator against vectorbt's replay of the same orders.

Run: python benchmarks/sweep.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gzip
import itertools
import statistics
import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pandas as pd

from titan_research.backtest.inputs import PairArrays, pair_arrays, spread_of, trading_start
from titan_research.backtest.ledger import simulate_pair
from titan_research.backtest.sweep import grid_frame, sweep_pair
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, RuleParameters, SpreadParameters

SESSIONS = 2_520
ROUNDS = 9
PEER_COMBINATIONS = 100
TOLERANCE = 1e-10
GRID: dict[str, list[float]] = {
    "zscore_window": [20, 30, 40, 60, 90],
    "entry": [round(1.0 + 0.1 * step, 1) for step in range(10)],
    "exit": [-0.25, 0.0, 0.25, 0.5],
    "stop": [2.5, 3.0, 3.5, 4.0, 6.0],
}
PARAMETERS = BacktestParameters()


def cpu_seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def prices() -> Panel:
    source = files("skfolio.datasets.data") / "sp500_dataset.csv.gz"
    with source.open("rb") as packed, gzip.open(packed) as file:
        frame = pd.read_csv(file, index_col=0, parse_dates=True)
    return Panel.from_frame(frame[["KO", "PEP"]].iloc[-SESSIONS:])


def shares(pair: PairArrays, panel: Panel, row: pd.Series, first: int) -> np.ndarray:
    spread: SpreadParameters = PARAMETERS.spread.replace(zscore_window=int(row.zscore_window))
    rules: RuleParameters = PARAMETERS.rules.replace(entry=row.entry, exit=row.exit, stop=row.stop)
    chosen = PARAMETERS.replace(spread=spread, rules=rules)
    book = simulate_pair(pair, spread_of(pair, spread), chosen, first=first, last=len(panel) - 1)
    return np.column_stack([book.shares_y, book.shares_x])


def vectorbt_equity(panel: Panel, pair: PairArrays, books: list[np.ndarray]) -> np.ndarray:
    """The recipe of `titan_research.backtest._vectorbt` for many books at once; combinations x bars."""
    import vectorbt as vbt

    columns = pd.MultiIndex.from_product([range(len(books)), ["y", "x"]], names=["combination", "leg"])
    held = np.column_stack(books)
    orders = np.where(np.diff(held, axis=0, prepend=0.0) != 0, held, np.nan)
    closes = np.tile(np.column_stack([pair.close_y, pair.close_x]), len(books))
    portfolio = vbt.Portfolio.from_orders(
        pd.DataFrame(closes, index=panel.index, columns=columns),
        pd.DataFrame(orders, index=panel.index, columns=columns),
        size_type="targetamount",
        fees=PARAMETERS.costs.commission,
        slippage=PARAMETERS.costs.slippage,
        init_cash=10 * PARAMETERS.sizing.capital,
        group_by="combination",
        cash_sharing=True,
        call_seq="auto",
        freq="1D",
        max_orders=int(np.isfinite(orders).sum()) + 8,
    )
    return portfolio.value().to_numpy().T - 10 * PARAMETERS.sizing.capital


def main() -> None:
    panel, grid = prices(), grid_frame(GRID)
    pair = pair_arrays(panel, "KO", "PEP")
    first = trading_start(panel.index, PARAMETERS.spread.replace(zscore_window=max(GRID["zscore_window"])))
    costs = PARAMETERS.costs.replace(borrow_rate=0.0)

    def sweep() -> np.ndarray:
        return sweep_pair(
            pair, spread=PARAMETERS.spread, grid=grid, max_holding=PARAMETERS.rules.max_holding, costs=costs,
            sizing=PARAMETERS.sizing, first=first, last=len(panel) - 1,
        ).pnl  # fmt: skip

    chosen = list(itertools.islice(range(0, len(grid), len(grid) // PEER_COMBINATIONS), PEER_COMBINATIONS))
    books = [shares(pair, panel, grid.iloc[row], first) for row in chosen]
    peer = vectorbt_equity(panel, pair, books)
    gap = np.abs(np.cumsum(sweep()[chosen], axis=1) - peer).max() / PARAMETERS.sizing.capital
    if gap > TOLERANCE:
        raise SystemExit(f"equity differs from vectorbt by {gap:.1e} of capital")
    ours = [cpu_seconds(sweep) / len(grid) for _ in range(ROUNDS)]
    theirs = [cpu_seconds(lambda: vectorbt_equity(panel, pair, books)) / len(books) for _ in range(ROUNDS)]
    one, other = statistics.median(ours), statistics.median(theirs)
    print(f"KO/PEP, {SESSIONS:,} sessions, {len(grid):,} combinations, CPU medians; largest gap {gap:.1e} of capital")
    print(f"  vectorbt from_orders + value  {1e6 * other:10,.1f} us a combination")
    print(f"  sweep_pair (spreads included) {1e6 * one:10,.1f} us a combination   {other / one:,.0f} x faster")
    print(f"  {1e9 * one / SESSIONS:,.1f} ns a bar and combination, {1e3 * one * len(grid):,.0f} ms for the grid")


if __name__ == "__main__":
    main()
