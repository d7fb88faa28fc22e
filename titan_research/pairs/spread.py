"""The spread of a pair and its z-score: what every trading rule looks at."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from titan_research.causality import causal
from titan_research.errors import InvalidParameters
from titan_research.pairs.hedge import paired, rolling_ols

__all__ = ["Spread", "fixed_spread", "rolling_spread"]

Floats = npt.NDArray[np.float64]


class Spread(NamedTuple):
    """One entry a bar: spread = y - hedge_ratio x - intercept, with the coefficients known at that bar."""

    hedge_ratio: Floats
    intercept: Floats
    spread: Floats
    zscore: Floats


def _legs(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    x = np.log(50.0) + 0.01 * rng.standard_normal(n).cumsum()
    y = 0.5 + 1.3 * x + 0.02 * rng.standard_normal(n)
    y[rng.integers(0, n, size=3)] = np.nan
    return y, x


def _rolling_probe(rng: np.random.Generator, n: int) -> dict[str, Any]:
    y, x = _legs(rng, n)
    return {"y": y, "x": x, "hedge_window": 60, "zscore_window": 20}


def _fixed_probe(rng: np.random.Generator, n: int) -> dict[str, Any]:
    y, x = _legs(rng, n)
    return {"y": y, "x": x, "hedge_ratio": 1.3, "intercept": 0.5, "zscore_window": 20}


@causal(probe=_rolling_probe)
def rolling_spread(y: npt.ArrayLike, x: npt.ArrayLike, hedge_window: int, zscore_window: int) -> Spread:
    """Spread and z-score with a hedge ratio that is estimated again at every bar.

    The z-score of bar t makes the spreads of its whole window with the hedge ratio of bar t,
    s_k(t) = y_k - b_t x_k - a_t for k in (t - zscore_window, t], and stands s_t(t) against their mean and
    deviation (ddof = 1). Spreads made with different hedge ratios are never mixed.

    Parameters
    ----------
    y, x : arrays (sessions,) of logs or prices
    hedge_window : bars in the rolling regression of y on x; at least 3
    zscore_window : bars in the mean and the deviation; at least 2

    Returns
    -------
    Spread of four arrays (sessions,): hedge_ratio, intercept, spread (units of y), zscore (dimensionless)

    Notes
    -----
    Timing: the values at bar t use bars up to and including t; trade them at t + 1 or later.
    Missing: NaN until both windows are full, and while any bar in them lacks a leg. A spread that does not
    move beyond rounding has no z-score (NaN).
    """
    left, right = paired(y, x)
    fit = rolling_ols(left, right, hedge_window)
    spread = left - fit.hedge_ratio * right - fit.intercept
    return Spread(fit.hedge_ratio, fit.intercept, spread, _zscore(left, right, fit.hedge_ratio, zscore_window))


@causal(probe=_fixed_probe)
def fixed_spread(
    y: npt.ArrayLike, x: npt.ArrayLike, hedge_ratio: float, intercept: float, zscore_window: int
) -> Spread:
    """Spread and rolling z-score with coefficients fitted beforehand, on bars before the first of these.

    Parameters
    ----------
    y, x : arrays (sessions,) of logs or prices
    hedge_ratio, intercept : of the earlier fit
    zscore_window : bars in the mean and the deviation (ddof = 1); at least 2

    Returns
    -------
    Spread of four arrays (sessions,); hedge_ratio and intercept repeat the given numbers

    Notes
    -----
    Timing: the values at bar t use bars t - zscore_window + 1 .. t and the earlier fit.
    Missing: a bar that lacks a leg has no spread; the z-score is NaN until a full window is available again.
    """
    left, right = paired(y, x)
    if not (np.isfinite(hedge_ratio) and np.isfinite(intercept)):
        raise InvalidParameters(f"need finite coefficients; received {hedge_ratio} and {intercept}")
    ratios = np.full(len(left), float(hedge_ratio))
    spread = left - ratios * right - intercept
    zscore = _zscore(left, right, ratios, zscore_window)
    return Spread(ratios, np.full(len(left), float(intercept)), spread, zscore)


def _zscore(y: Floats, x: Floats, hedge_ratio: Floats, window: int) -> Floats:
    from titan_research.pairs._rolling_kernel import rolling_zscore

    if window < 2:
        raise InvalidParameters(f"need zscore_window >= 2 bars; received {window}", zscore_window=window)
    zscore = np.empty(len(y))
    rolling_zscore(y, x, hedge_ratio, window, zscore)
    return zscore
