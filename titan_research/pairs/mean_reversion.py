"""How fast, and whether, a spread reverts. Descriptions, never evidence of cointegration by themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.results import Result

__all__ = [
    "HalfLife",
    "VarianceRatio",
    "half_life",
    "half_life_of",
    "hurst_exponent",
    "variance_ratio",
    "zero_crossings",
]

Floats = npt.NDArray[np.float64]

_NORMAL_97_5 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLife(Result):
    """Half-life in bars of a first-order autoregression.

    ``persistence`` is the estimated coefficient 1 + lam, biased towards reversion in short samples;
    ``half_life_corrected`` uses the Marriott-Pope correction (coefficient + 1/n) / (1 - 3/n), and ``low`` to
    ``high`` is its 95% interval; infinite above when no reversion at all is within it.
    """

    title: ClassVar[str] = "Half-life (bars)"

    half_life: float
    half_life_corrected: float
    low: float
    high: float
    persistence: float
    standard_error: float
    n_obs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceRatio(Result):
    """Variance of q-bar changes over q times that of one-bar changes; below 1: reversion."""

    title: ClassVar[str] = "Variance ratio test"

    variance_ratio: float
    statistic: float
    p_value: float
    lags: int
    n_obs: int
    null_hypothesis: str = "random walk"


def half_life_of(persistence: float) -> float:
    """Bars until half of a deviation is left, -ln 2 / ln(persistence); NaN unless 0 < persistence < 1."""
    return -math.log(2.0) / math.log(persistence) if 0.0 < persistence < 1.0 else math.nan


def half_life(spread: npt.ArrayLike) -> HalfLife:
    """Estimate the half-life of a spread from du = a + lam u[-1].

    Parameters
    ----------
    spread : array (sessions,), any unit

    Notes
    -----
    Timing: hindsight, the whole sample.
    Missing: changes next to a NaN are left out.
    Residuals of two independent random walks have a half-life too (a median of 21 bars in a year of data): it
    says how fast, not whether. Source: Marriott and Pope (1954), Biometrika 41, 390-402; Kendall (1954).
    """
    u = _series(spread)
    past, now = u[:-1], u[1:]
    kept = np.isfinite(past) & np.isfinite(now)
    past, change = past[kept], (now - past)[kept]
    n = len(past)
    if n < 10:
        raise InsufficientData(f"{n} changes of the spread, need 10 for a half-life", n_obs=n)
    deviation = past - past.mean()
    variation = float(deviation @ deviation)
    if variation <= 0.0:
        raise InvalidInput("the spread is constant: it has no half-life", n_obs=n)
    lam = float(deviation @ change) / variation
    residual = change - change.mean() - lam * deviation
    error = math.sqrt(float(residual @ residual) / (n - 2) / variation)
    shrink = 1.0 - 3.0 / (n + 1)
    corrected = (1.0 + lam + 1.0 / (n + 1)) / shrink
    lowest, highest = corrected - _NORMAL_97_5 * error / shrink, corrected + _NORMAL_97_5 * error / shrink
    return HalfLife(
        half_life=half_life_of(1.0 + lam),
        half_life_corrected=half_life_of(corrected),
        low=_bound(lowest),
        high=_bound(highest),
        persistence=1.0 + lam,
        standard_error=error,
        n_obs=n + 1,
    )


def _bound(persistence: float) -> float:
    if persistence <= 0.0:
        return 0.0
    return half_life_of(persistence) if persistence < 1.0 else math.inf


def hurst_exponent(spread: npt.ArrayLike, *, max_lag: int = 100) -> float:
    """Slope of log deviation of lagged differences on log lag: 0.5 random walk, 0 white noise.

    Parameters
    ----------
    spread : array (sessions,), any unit
    max_lag : lags 2 .. max_lag - 1 enter the regression

    Notes
    -----
    Timing: hindsight, the whole sample. Missing: differences with a NaN are left out.
    On 250 bars the estimate scatters by about 0.1 around the truth: a description, not a filter.
    """
    u = _series(spread)
    if max_lag < 4:
        raise InvalidParameters(f"need max_lag >= 4; received {max_lag}")
    if len(u) < max_lag + 20:
        raise InsufficientData(f"{len(u)} bars, need {max_lag + 20} for max_lag={max_lag}", n_obs=len(u))
    lags = np.arange(2, max_lag)
    deviations = np.array([np.nanstd(u[lag:] - u[:-lag]) for lag in lags])
    if not (deviations > 0.0).all():
        raise InvalidInput("the spread does not move over some lag: it has no Hurst exponent")
    log_lag = np.log(lags) - np.log(lags).mean()
    return float(log_lag @ np.log(deviations) / (log_lag @ log_lag))


def variance_ratio(spread: npt.ArrayLike, *, lags: int = 2) -> VarianceRatio:
    """Test a series for being a random walk by comparing variances over ``lags`` bars and over one.

    Overlapping, unbiased, robust to heteroscedasticity, with drift; equal to ``arch.unitroot.VarianceRatio``.

    Notes
    -----
    Timing: hindsight, the whole sample. Missing: NaN rows are left out and the rest glued.
    Source: Lo and MacKinlay (1988), Review of Financial Studies 1.1, 41-66.
    """
    from scipy.special import ndtr

    u = _series(spread)
    u = u[np.isfinite(u)]
    if lags < 2:
        raise InvalidParameters(f"need lags >= 2 bars; received {lags}")
    if len(u) < 4 * lags + 2:
        raise InsufficientData(f"{len(u)} bars, need {4 * lags + 2} for lags={lags}", n_obs=len(u))
    change = np.diff(u)
    n = len(change)
    mean = float(u[-1] - u[0]) / n
    squares = (change - mean) ** 2.0
    total = float(squares.sum())
    if total <= 0.0:
        raise InvalidInput("the series does not move: it has no variance ratio")
    long = u[lags:] - u[:-lags] - lags * mean
    scale = lags * (n - lags + 1) * (1 - lags / n)
    ratio = float(long @ long) / scale / (total / (n - 1))
    variance = sum(
        4.0 * (1.0 - k / lags) ** 2.0 * n * float(squares[k:] @ squares[:-k]) / total**2.0 for k in range(1, lags)
    )
    statistic = math.sqrt(n) * (ratio - 1.0) / math.sqrt(variance)
    return VarianceRatio(
        variance_ratio=ratio,
        statistic=statistic,
        p_value=float(2.0 * ndtr(-abs(statistic))),
        lags=lags,
        n_obs=len(u),
    )


def zero_crossings(spread: npt.ArrayLike) -> int:
    """Count how often the spread changes sides of its mean; a value on the mean keeps the side before it.

    Notes
    -----
    Timing: hindsight, the mean is the whole sample's. Missing: NaN rows are left out.
    """
    u = _series(spread)
    u = u[np.isfinite(u)]
    side = np.sign(u - u.mean()) if len(u) else u
    side = side[side != 0.0]
    return int((side[1:] != side[:-1]).sum())


def _series(spread: npt.ArrayLike) -> Floats:
    u = np.asarray(spread, dtype=np.float64)
    if u.ndim != 1:
        raise InvalidInput(f"spread: expected one dimension, received {u.ndim}")
    return u
