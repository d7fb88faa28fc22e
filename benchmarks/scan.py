"""Pair scan: every ordered pair of 20 real symbols against statsmodels ``coint``, one process, CPU time.

Run: python benchmarks/scan.py
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gzip
import statistics
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import files

import numpy as np
import pandas as pd
from statsmodels.tsa.stattools import coint

from titan_research.pairs.engle_granger import engle_granger_scan

SESSIONS = 1_260
ROUNDS = 7
PEER_TESTS_PER_ROUND = 12
TOLERANCE = 1e-8


def cpu_seconds(work: Callable[[], object]) -> float:
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def main() -> None:
    source = files("skfolio.datasets.data") / "sp500_dataset.csv.gz"
    with source.open("rb") as packed, gzip.open(packed) as file:
        logs = np.log(pd.read_csv(file, index_col=0, parse_dates=True).to_numpy())
    recent = logs[-SESSIONS:]
    found = engle_granger_scan(recent)
    chosen = np.random.default_rng(0).choice(len(found), ROUNDS * PEER_TESTS_PER_ROUND, replace=False)
    ours, peer, worst = [], [], 0.0
    for tests in np.array_split(chosen, ROUNDS):
        ours.append(cpu_seconds(lambda: engle_granger_scan(recent)) / len(found))
        for k in tests:
            legs = (recent[:, found.y[k]], recent[:, found.x[k]])
            peer.append(cpu_seconds(partial(coint, *legs)))
            worst = max(worst, abs(coint(*legs)[0] - found.statistic[k]))
    if worst > TOLERANCE:
        raise SystemExit(f"statistics differ from statsmodels by {worst:.1e}")
    one, other = statistics.median(ours), statistics.median(peer)
    whole = statistics.median(cpu_seconds(lambda: engle_granger_scan(logs)) for _ in range(ROUNDS))
    print(f"T={SESSIONS}, 20 symbols, c/aic, CPU medians of one process; largest difference {worst:.1e}")
    print(f"  statsmodels.coint      {1e6 * other:12,.1f} us a test")
    print(f"  engle_granger_scan     {1e6 * one:12,.1f} us a test   {other / one:,.0f} x faster")
    print(f"  all {len(found)} tests over {len(logs):,} sessions: {1e3 * whole:,.1f} ms")


if __name__ == "__main__":
    main()
