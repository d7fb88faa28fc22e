"""Hedge ratios by least squares: over a whole sample, and rolling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from titan_research.causality import causal
from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.results import Result

__all__ = ["OlsResult", "RollingOls", "ols", "paired", "rolling_ols"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class OlsResult(Result):
    """y = hedge_ratio x + intercept + spread; ``standard_error`` is the hedge ratio's, classical."""

    title: ClassVar[str] = "Least squares of y on x"

    hedge_ratio: float
    intercept: float
    r_squared: float
    standard_error: float
    n_obs: int


class RollingOls(NamedTuple):
    """One entry a bar."""

    hedge_ratio: Floats
    intercept: Floats


def paired(y: npt.ArrayLike, x: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return both legs as contiguous float arrays of the same length."""
    left, right = np.ascontiguousarray(y, dtype=np.float64), np.ascontiguousarray(x, dtype=np.float64)
    if left.ndim != 1 or left.shape != right.shape:
        raise InvalidInput(f"y and x: expected two series of one length, received {left.shape} and {right.shape}")
    return left, right


def ols(y: npt.ArrayLike, x: npt.ArrayLike) -> OlsResult:
    """Regress y on a constant and x over the whole sample.

    Parameters
    ----------
    y, x : arrays of logs or prices

    Notes
    -----
    Timing: hindsight, the whole sample; fit on a formation period, trade after it.
    Missing: rows with a NaN in either leg are left out. A constant x gives NaN.
    """
    left, right = paired(y, x)
    kept = np.isfinite(left) & np.isfinite(right)
    left, right = left[kept], right[kept]
    n = len(left)
    if n < 3:
        raise InsufficientData(f"{n} common bars, need 3 for a regression line", n_obs=n)
    y_deviation, x_deviation = _deviations(left), _deviations(right)
    variation = float(x_deviation @ x_deviation)
    if variation <= n * (8 * np.finfo(np.float64).eps * float(np.abs(right).max())) ** 2:
        nan = float("nan")
        return OlsResult(hedge_ratio=nan, intercept=nan, r_squared=nan, standard_error=nan, n_obs=n)
    slope = float(x_deviation @ y_deviation) / variation
    residual = y_deviation - slope * x_deviation
    unexplained, total = float(residual @ residual), float(y_deviation @ y_deviation)
    return OlsResult(
        hedge_ratio=slope,
        intercept=float(left.mean() - slope * right.mean()),
        r_squared=1.0 - unexplained / total if total > 0 else float("nan"),
        standard_error=float(np.sqrt(unexplained / (n - 2) / variation)),
        n_obs=n,
    )


def _deviations(values: Floats) -> Floats:
    once: Floats = values - values.mean()
    return once - once.mean()


def _probe(rng: np.random.Generator, n: int) -> dict[str, Any]:
    x = np.log(50.0) + 0.01 * rng.standard_normal(n).cumsum()
    y = 0.5 + 1.3 * x + 0.02 * rng.standard_normal(n)
    y[rng.integers(0, n, size=3)] = np.nan
    return {"y": y, "x": x, "window": 40}


@causal(probe=_probe)
def rolling_ols(y: npt.ArrayLike, x: npt.ArrayLike, window: int) -> RollingOls:
    """Regress y on a constant and x over the last ``window`` bars, at every bar.

    Parameters
    ----------
    y, x : arrays (sessions,) of logs or prices
    window : bars in each regression; at least 3

    Returns
    -------
    RollingOls of two arrays (sessions,): hedge_ratio (units of y per unit of x), intercept (units of y)

    Notes
    -----
    Timing: the value at bar t uses bars t - window + 1 .. t, and nothing else down to the last bit.
    Missing: NaN until the window is full, while any of its bars lacks a leg, and while x does not move in it.
    Source: two-pass least squares; equal to statsmodels ``RollingOLS`` on well-conditioned data.
    """
    from titan_research.pairs._rolling_kernel import rolling_regression

    if window < 3:
        raise InvalidParameters(f"need window >= 3 bars; received {window}", window=window)
    left, right = paired(y, x)
    hedge_ratio, intercept = np.empty(len(left)), np.empty(len(left))
    rolling_regression(left, right, window, hedge_ratio, intercept)
    return RollingOls(hedge_ratio, intercept)
