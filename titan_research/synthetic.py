"""Seeded price worlds whose truth is known: for tests, benchmarks and documentation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InvalidInput
from titan_research.panel import Panel

__all__ = ["Tails", "business_sessions", "cointegrated_universe", "random_walks", "regime_path", "symbols"]

Tails = Literal["normal", "t3", "garch"]
Floats = npt.NDArray[np.float64]

_BAR_VOLATILITY = 0.01
_GARCH = {"alpha": 0.08, "beta": 0.90}
_START_PRICE = 100.0


def business_sessions(n_sessions: int, *, start: str = "2000-01-03") -> pd.DatetimeIndex:
    """Return ``n_sessions`` Mondays to Fridays as UTC midnight labels, the first on or after ``start``."""
    return pd.bdate_range(start, periods=n_sessions, tz="UTC", name="session").as_unit("us")


def symbols(n_symbols: int) -> tuple[str, ...]:
    """Return S000, S001, ... in column order."""
    return tuple(f"S{number:03d}" for number in range(n_symbols))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidInput(message)


def _shocks(rng: np.random.Generator, shape: tuple[int, int], tails: Tails) -> Floats:
    """Independent shocks (sessions x symbols) with mean 0 and, where it exists, variance 1."""
    if tails == "normal":
        return rng.standard_normal(shape)
    if tails == "t3":
        return rng.standard_t(3, shape) / np.sqrt(3.0)
    noise = rng.standard_normal(shape)
    shocks = np.empty(shape)
    variance = np.ones(shape[1])
    for t in range(shape[0]):
        shocks[t] = np.sqrt(variance) * noise[t]
        variance = 1 - sum(_GARCH.values()) + _GARCH["alpha"] * shocks[t] ** 2 + _GARCH["beta"] * variance
    return shocks


def random_walks(n_symbols: int, n_sessions: int, seed: int, tails: Tails = "normal") -> Panel:
    """Make independent log random walks: the world in which no pair is cointegrated.

    Parameters
    ----------
    n_symbols, n_sessions : shape of the panel
    seed : of a private generator; the same seed gives the same bits
    tails : "normal"; "t3" Student with 3 degrees of freedom; "garch" GARCH(1, 1) with alpha .08, beta .90

    Returns
    -------
    Panel of closes starting near 100, bar volatility 1 %, without missing bars.
    """
    _require(
        n_symbols >= 1 and n_sessions >= 1,
        f"expected at least one symbol and session, received {n_symbols}, {n_sessions}",
    )
    _require(tails in get_args(Tails), f"tails: expected one of {get_args(Tails)}, received {tails!r}")
    rng = np.random.default_rng(seed)
    steps = _BAR_VOLATILITY * _shocks(rng, (n_sessions, n_symbols), tails)
    prices = _START_PRICE * np.exp(np.cumsum(steps, axis=0))
    return Panel(prices, business_sessions(n_sessions), symbols(n_symbols))


def cointegrated_universe(
    n_groups: int, per_group: int, n_noise: int, n_sessions: int, half_life: float, seed: int
) -> tuple[Panel, tuple[tuple[str, str], ...]]:
    """Make groups of stocks that share a stochastic trend, plus unrelated random walks.

    Log price of a member = loading x trend of its group + AR(1) of the given half-life; loadings in 0.7 ..
    1.3.

    Parameters
    ----------
    n_groups, per_group : groups, and members in each; members of one group are pairwise cointegrated
    n_noise : independent random walks after the groups
    n_sessions : length
    half_life : of the stationary parts, in bars
    seed : of a private generator

    Returns
    -------
    Panel of closes, and the true pairs: every unordered pair inside a group, in column order.
    """
    _require(
        n_groups >= 1 and per_group >= 2 and n_noise >= 0,
        f"expected n_groups >= 1, per_group >= 2, n_noise >= 0; received {n_groups}, {per_group}, {n_noise}",
    )
    _require(
        n_sessions >= 2 and half_life > 0,
        f"expected n_sessions >= 2, half_life > 0; received {n_sessions}, {half_life}",
    )
    rng = np.random.default_rng(seed)
    members = n_groups * per_group
    trends = np.cumsum(_BAR_VOLATILITY * rng.standard_normal((n_sessions, n_groups)), axis=0)
    loadings = rng.uniform(0.7, 1.3, members)
    persistence = 0.5 ** (1.0 / half_life)
    innovations = _BAR_VOLATILITY * rng.standard_normal((n_sessions, members))
    stationary = np.empty((n_sessions, members))
    stationary[0] = innovations[0] / np.sqrt(1 - persistence**2)
    for t in range(1, n_sessions):
        stationary[t] = persistence * stationary[t - 1] + innovations[t]
    noise = np.cumsum(_BAR_VOLATILITY * rng.standard_normal((n_sessions, n_noise)), axis=0)
    logs = np.hstack([loadings * np.repeat(trends, per_group, axis=1) + stationary, noise])
    names = symbols(members + n_noise)
    pairs = tuple(
        pair
        for group in range(n_groups)
        for pair in combinations(names[group * per_group : (group + 1) * per_group], 2)
    )
    return Panel(_START_PRICE * np.exp(logs), business_sessions(n_sessions), names), pairs


def regime_path(
    n_sessions: int,
    seed: int,
    durations: Sequence[float] = (300.0, 90.0),
    vols: Sequence[float] = (0.008, 0.022),
    means: Sequence[float] = (0.0006, -0.0006),
) -> tuple[pd.Series, pd.Series]:
    """Make a price path whose drift and volatility follow a hidden Markov chain; returns are Student t.

    Parameters
    ----------
    n_sessions : length
    seed : of a private generator
    durations : mean spell of each state in bars, each above 1; a switch goes to any other state with equal
        odds
    vols, means : standard deviation and mean of the log return of one bar, per state

    Returns
    -------
    prices : Series of float by session, starting near 100
    states : Series of int64 by session, the true state behind the return of that bar; starts in state 0
    """
    k = len(durations)
    _require(
        k >= 2 and len(vols) == k and len(means) == k,
        f"expected durations, vols and means of one length >= 2, received {k}, {len(vols)}, {len(means)}",
    )
    _require(
        min(durations) > 1 and min(vols) > 0,
        f"expected durations > 1 and vols > 0, received {durations}, {vols}",
    )
    rng = np.random.default_rng(seed)
    leave = 1.0 / np.asarray(durations, dtype=np.float64)
    draws, hops = rng.random(n_sessions), rng.integers(1, k, n_sessions)
    states = np.zeros(n_sessions, dtype=np.int64)
    for t in range(1, n_sessions):
        here = states[t - 1]
        states[t] = (here + hops[t]) % k if draws[t] < leave[here] else here
    shocks = rng.standard_t(4, n_sessions) / np.sqrt(2.0)
    steps = np.asarray(means)[states] + np.asarray(vols)[states] * shocks
    index = business_sessions(n_sessions)
    prices = pd.Series(_START_PRICE * np.exp(np.cumsum(steps)), index=index, name="S000")
    return prices, pd.Series(states, index=index, name="state")
