"""Regimes: the compiled jump model against jumpmodels, and the whole walk through 33 years, in one process.

Run: python benchmarks/regimes.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pandas as pd
from jumpmodels.jump import JumpModel

from titan_research.regimes.detector import RegimeDetector
from titan_research.regimes.features import (
    MODEL_FEATURES,
    Standardizer,
    check_prices,
    log_returns,
    regime_features,
)
from titan_research.regimes.jump import JumpFit, fit_jump_model, online_states, online_values

PENALTY = 15.0
N_STARTS = 10


def seconds(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main() -> None:
    with files("skfolio.datasets.data").joinpath("sp500_index.csv.gz").open("rb") as file:
        frame = pd.read_csv(file, compression="gzip", index_col=0, parse_dates=True)
    prices = check_prices(frame.iloc[:, 0])
    features = regime_features(prices)[list(MODEL_FEATURES)].dropna()
    returns = log_returns(prices).reindex(features.index).to_numpy()
    X = Standardizer.fit(features.to_numpy()).transform(features.to_numpy())

    def fit() -> JumpFit:
        rng = np.random.default_rng(7)
        return fit_jump_model(X, returns=returns, n_regimes=2, penalty=PENALTY, n_starts=N_STARTS, rng=rng)

    peer = JumpModel(n_components=2, jump_penalty=PENALTY, n_init=N_STARTS, random_state=0)
    ours = fit()
    centers = ours.centers
    online_states(online_values(X, centers, PENALTY))
    RegimeDetector().run(prices)

    fit_ours, fit_peer = seconds(fit, 9), seconds(lambda: peer.fit(X, ret_ser=returns, sort_by="vol"), 3)
    online_ours = seconds(lambda: online_states(online_values(X, centers, PENALTY)), 21)
    online_peer = seconds(lambda: peer.predict_online(X), 5)
    walk = seconds(lambda: RegimeDetector().run(prices), 5)
    print(f"{len(prices):,} bars, {X.shape[1]} features, penalty {PENALTY:g}, {N_STARTS} starts")
    for name, own, other in (("fit", fit_ours, fit_peer), ("online", online_ours, online_peer)):
        print(f"{name:<7} {own * 1e3:9.3f} ms   jumpmodels {other * 1e3:9.1f} ms   {other / own:6.0f} x")
    print(f"run     {walk:9.3f} s    every refit, table and filter of the whole history (goal: below 2 s)")


if __name__ == "__main__":
    main()
