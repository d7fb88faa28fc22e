"""Unit-root test of one series: are the legs of a pair random walks at all?"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.results import Result
from titan_research.types import Autolag, Trend

__all__ = ["UnitRootResult", "adf"]

_MIN_OBS = 30


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
    Source: ``statsmodels.tsa.stattools.adfuller``, MacKinnon (1994, 2010) with N = 1.
    """
    from statsmodels.tsa.stattools import adfuller

    values = np.asarray(series, dtype=np.float64)
    values = values[~np.isnan(values)]
    if len(values) < _MIN_OBS:
        raise InsufficientData(f"{len(values)} bars, need {_MIN_OBS} for a unit-root test", n_obs=len(values))
    if not np.isfinite(values).all() or values.max() == values.min():
        raise InvalidInput(
            "a unit-root test needs finite numbers that are not all the same", n_obs=len(values)
        )
    rule = None if autolag is Autolag.NONE else Autolag(autolag).value
    as_tuple = {"result_object": False} if "result_object" in signature(adfuller).parameters else {}
    outcome = adfuller(values, maxlag=maxlag, regression=Trend(trend).value, autolag=rule, **as_tuple)
    statistic, p_value, lags, _, critical = outcome[:5]
    return UnitRootResult(
        statistic=float(statistic),
        p_value=float(p_value),
        critical_value_1=float(critical["1%"]),
        critical_value_5=float(critical["5%"]),
        critical_value_10=float(critical["10%"]),
        lags=int(lags),
        trend=Trend(trend),
        autolag=Autolag(autolag),
        n_obs=len(values),
    )
