"""Unit-root test of one series: are the legs of a pair random walks at all?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.results import Result
from titan_research.types import Autolag, Trend

__all__ = ["UnitRootResult", "adf"]

Floats = npt.NDArray[np.float64]

_MIN_OBS = 30
_T_STAT = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRootResult(Result):
    """Augmented Dickey-Fuller test of one observed series; an estimated spread has other critical values."""

    title: ClassVar[str] = "Augmented Dickey-Fuller test"

    statistic: float
    p_value: float
    critical_value_1: float
    critical_value_5: float
    critical_value_10: float
    lags: int
    trend: Trend
    autolag: Autolag
    n_obs: int
    null_hypothesis: str = "unit root"

    def is_stationary(self, *, alpha: float) -> bool:
        return self.p_value < alpha


def adf(
    series: npt.ArrayLike,
    *,
    trend: Trend = Trend.CONSTANT,
    autolag: Autolag = Autolag.AIC,
    maxlag: int | None = None,
) -> UnitRootResult:
    """Test a series for a unit root.

    Parameters
    ----------
    series : array (sessions,), logs or prices in levels, or their differences
    trend, autolag, maxlag : as in statsmodels ``adfuller``

    Notes
    -----
    Timing: hindsight, the whole sample. Missing: NaN rows are left out and the rest glued.
    Source: equal to ``statsmodels.tsa.stattools.adfuller``; MacKinnon (1994, 2010) with N = 1.
    """
    from statsmodels.tsa.adfvalues import mackinnoncrit, mackinnonp

    values = np.asarray(series, dtype=np.float64)
    values = values[~np.isnan(values)]
    if len(values) < _MIN_OBS:
        raise InsufficientData(f"{len(values)} bars, need {_MIN_OBS} for a unit-root test", n_obs=len(values))
    if not np.isfinite(values).all() or values.max() == values.min():
        raise InvalidInput("a unit-root test needs finite numbers that are not all the same", n_obs=len(values))
    trend, autolag = Trend(trend), Autolag(autolag)
    deterministic = len(trend.value) if trend is not Trend.NONE else 0
    longest = len(values) // 2 - deterministic - 1
    if maxlag is None:
        maxlag = min(longest, int(np.ceil(12.0 * (len(values) / 100.0) ** 0.25)))
    elif maxlag > longest:
        raise InvalidParameters(f"maxlag must be at most {longest} for {len(values)} bars; received {maxlag}")
    lags = maxlag if autolag is Autolag.NONE else _best_lag(*_design(values, maxlag, trend), deterministic, autolag)
    statistic = _level_t(*_design(values, lags, trend), deterministic)
    critical = mackinnoncrit(N=1, regression=trend.value, nobs=len(values) - 1 - lags)
    return UnitRootResult(
        statistic=float(statistic),
        p_value=float(mackinnonp(statistic, regression=trend.value, N=1)),
        critical_value_1=float(critical[0]),
        critical_value_5=float(critical[1]),
        critical_value_10=float(critical[2]),
        lags=int(lags),
        trend=trend,
        autolag=autolag,
        n_obs=len(values),
    )


def _design(values: Floats, lags: int, trend: Trend) -> tuple[Floats, Floats]:
    """Deterministic terms, level and lagged differences of every row, and the difference to be explained."""
    changes = np.diff(values)
    rows = len(changes) - lags
    columns = [np.ones(rows), np.arange(1.0, rows + 1.0)][: len(trend.value) if trend is not Trend.NONE else 0]
    columns.append(values[lags:-1])
    columns += [changes[lags - lag : len(changes) - lag] for lag in range(1, lags + 1)]
    return np.column_stack(columns), changes[lags:]


def _best_lag(design: Floats, response: Floats, deterministic: int, autolag: Autolag) -> int:
    """The lag that the rule picks; one factorisation gives the residual sum of squares of every nested model."""
    n, first = len(response), deterministic + 1
    scale = np.sqrt((design**2).sum(axis=0))
    triangular: Floats = np.asarray(np.linalg.qr(np.column_stack([design / scale, response]), mode="r"))
    explained = triangular[:, -1] ** 2
    residual = explained[::-1].cumsum()[::-1][first:]
    sizes = np.arange(first, first + len(residual))
    if autolag is Autolag.T_STAT:
        smaller = residual + np.concatenate([[explained[deterministic]], explained[first:-1]])
        t_values = np.sqrt((smaller - residual) * (n - sizes) / residual)
        significant = np.flatnonzero(t_values >= _T_STAT)
        return int(significant[-1]) if len(significant) else 0
    penalty = 2.0 if autolag is Autolag.AIC else np.log(n)
    return int(np.argmin(n * np.log(residual) + penalty * sizes))


def _level_t(design: Floats, response: Floats, deterministic: int) -> float:
    """The t-value of the level."""
    scale = np.sqrt((design**2).sum(axis=0))
    orthogonal, triangular = np.linalg.qr(design / scale)
    coefficients = np.linalg.solve(triangular, orthogonal.T @ response)
    residual = response - design @ (coefficients / scale)
    variance = float(residual @ residual) / (len(response) - design.shape[1])
    inverse = np.linalg.inv(triangular)
    return float(
        coefficients[deterministic] / np.sqrt(variance * float(inverse[deterministic] @ inverse[deterministic]))
    )
