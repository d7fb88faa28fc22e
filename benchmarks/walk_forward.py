"""Walk-forward over 33 years x 20 stocks, and the overfitting statistics, as ratios to their named baselines."""

from __future__ import annotations

import gzip
import itertools
import statistics
import time
from collections.abc import Callable
from importlib import resources

import numpy as np
import pandas as pd

from titan_research.backtest.inputs import pair_arrays, spread_of
from titan_research.backtest.ledger import simulate_pair
from titan_research.panel import Panel
from titan_research.parameters import WalkForwardParameters
from titan_research.walkforward._fold import _chosen, combination_grid
from titan_research.walkforward.overfitting import probability_of_backtest_overfitting, reality_check
from titan_research.walkforward.splits import windows
from titan_research.walkforward.walk_forward import WalkForward


def seconds(run: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def prices() -> Panel:
    source = resources.files("skfolio.datasets.data") / "sp500_dataset.csv.gz"
    with source.open("rb") as handle, gzip.open(handle) as lines:
        return Panel.from_frame(pd.read_csv(lines, index_col=0, parse_dates=True))


def one_by_one(panel: Panel, parameters: WalkForwardParameters, pair: tuple[str, str]) -> float:
    """Baseline: every combination of every window simulated on its own, train and test."""
    grid, _ = combination_grid(parameters)
    total = 0.0
    for train, test in windows(len(panel), train=parameters.formation, test=parameters.trading):
        for rows, first in ((panel.rows(train.start, train.stop), 251), (panel.rows(train.start, test.stop), 756)):
            legs = pair_arrays(rows, *pair)
            for choice in range(len(grid)):
                chosen = _chosen(parameters.backtest, grid, choice, parameters.backtest.sizing)
                signals = spread_of(legs, chosen.spread)
                ledger = simulate_pair(legs, signals, chosen, first=first, last=len(rows) - 1)
                total += float(ledger.pnl.sum())
    return total


def splits_one_by_one(returns: np.ndarray, n_blocks: int) -> float:
    """Baseline: cross-validation that stacks the blocks of each split, as published code does."""
    blocks, losers = np.array_split(np.arange(len(returns)), n_blocks), 0
    halves = list(itertools.combinations(range(n_blocks), n_blocks // 2))
    for half in halves:
        inside = returns[np.concatenate([blocks[k] for k in half])]
        outside = returns[np.concatenate([blocks[k] for k in range(n_blocks) if k not in half])]
        scores = outside.mean(axis=0) / outside.std(axis=0)
        winner = int(np.argmax(inside.mean(axis=0) / inside.std(axis=0)))
        losers += (scores < scores[winner]).mean() <= 0.5
    return losers / len(halves)


def main() -> None:
    panel, parameters = prices(), WalkForwardParameters()
    walk = WalkForward(parameters)
    walk.run(panel)
    whole = seconds(lambda: walk.run(panel))
    print(f"walk-forward, {panel.n_sessions} sessions x {panel.n_symbols} symbols, scan inside: {whole:.2f} s")
    pair = ("KO", "PEP")
    one_by_one(panel.rows(0, 1_100), parameters, pair)
    baseline = seconds(lambda: one_by_one(panel, parameters, pair), 1)
    ours = seconds(lambda: walk.run(panel, pairs=[pair]))
    print(f"one pair, 30 windows, one simulation a combination: {baseline:.2f} s; walk-forward with its tests and "
          f"statistics: {ours:.2f} s; {baseline / ours:.1f} x")  # fmt: skip
    returns = 0.01 * np.random.default_rng(0).standard_normal((2_520, 200))
    ours = seconds(lambda: probability_of_backtest_overfitting(returns, n_blocks=10))
    baseline = seconds(lambda: splits_one_by_one(returns, 10), 1)
    print(f"PBO, 252 splits x 200 trials: {1e3 * ours:.1f} ms; split by split: {baseline / ours:.0f} x longer")
    wide = 0.01 * np.random.default_rng(0).standard_normal((2_520, 1_000))
    print(f"PBO, 12,870 splits x 1,000 trials: {seconds(lambda: probability_of_backtest_overfitting(wide)):.2f} s")
    grid = wide[:, :360]
    ours = seconds(lambda: reality_check(grid, n_resamples=400))
    print(f"reality check, 360 trials x 400 resamples: {1e3 * ours:.1f} ms")


if __name__ == "__main__":
    main()
