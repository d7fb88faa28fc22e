"""MacKinnon's response surfaces for two I(1) series: p-values and critical values of the Engle-Granger test.

The numbers are data, copied from ``statsmodels.tsa.adfvalues`` (BSD licence) for N = 2:
p-values from MacKinnon (1994), "Approximate Asymptotic Distribution Functions for Unit-Root and Cointegration
Tests", Journal of Business & Economic Statistics 12.2, 167-176; critical values from MacKinnon (2010),
"Critical Values for Cointegration Tests", Queen's University, Department of Economics Working Paper 1227.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from titan_research.types import Trend

__all__ = ["critical_values", "p_values"]

Floats = npt.NDArray[np.float64]


class _Surface(NamedTuple):
    lowest: float
    turn: float
    highest: float
    left: tuple[float, float, float]
    right: tuple[float, float, float, float]


_SURFACES: dict[Trend, _Surface] = {
    Trend.NONE: _Surface(-19.62, -1.53, 1.51, (1.9129, 1.3857, 3.5322), (1.5578, 8.558, -2.083, -3.3549)),
    Trend.CONSTANT: _Surface(-18.86, -2.62, 0.92, (2.92, 1.5012, 3.9796), (2.1945, 6.4695, -2.9198, -4.2377)),
    Trend.CONSTANT_TREND: _Surface(-21.15, -3.19, 0.63, (3.6646, 1.5419, 3.6448), (2.85, 5.272, -3.6622, -5.1695)),
}
_LEFT_SCALE = np.array([1.0, 1.0, 1e-2])
_RIGHT_SCALE = np.array([1.0, 1e-1, 1e-1, 1e-2])

_CRITICAL: dict[Trend, tuple[tuple[float, float, float, float], ...]] = {
    Trend.CONSTANT: (
        (-3.89644, -10.9519, -33.527, 0.0),
        (-3.33613, -6.1101, -6.823, 0.0),
        (-3.04445, -4.2412, -2.720, 0.0),
    ),
    Trend.CONSTANT_TREND: (
        (-4.32762, -15.4387, -35.679, 0.0),
        (-3.78057, -9.5106, -12.074, 0.0),
        (-3.49631, -7.0815, -7.538, 21.892),
    ),
}


def p_values(statistics: npt.ArrayLike, trend: Trend) -> Floats:
    """Approximate asymptotic p-values of Engle-Granger statistics with two series.

    Equal to ``mackinnonp(statistic, regression=trend, N=2)`` of statsmodels, for arrays. Accurate within 35%
    down to 1e-5.

    Missing: NaN in, NaN out; -inf gives 0.
    """
    from scipy.special import ndtr

    surface = _SURFACES[Trend(trend)]
    values = np.asarray(statistics, dtype=np.float64)
    inside = np.clip(values, surface.lowest, surface.highest)
    left = np.polyval((np.array(surface.left) * _LEFT_SCALE)[::-1], inside)
    right = np.polyval((np.array(surface.right) * _RIGHT_SCALE)[::-1], inside)
    p: Floats = ndtr(np.where(values <= surface.turn, left, right))
    p = np.where(values < surface.lowest, 0.0, np.where(values > surface.highest, 1.0, p))
    return np.where(np.isnan(values), np.nan, p)


def critical_values(trend: Trend, n_obs: int) -> tuple[float, float, float]:
    """Critical values at 1%, 5% and 10% for ``n_obs`` sessions; NaN with trend "n" (never tabulated).

    Equal to ``mackinnoncrit(N=2, regression=trend, nobs=n_obs - 1)`` of statsmodels, as its ``coint`` calls
    it.
    """
    rows = _CRITICAL.get(Trend(trend))
    if rows is None:
        return (float("nan"), float("nan"), float("nan"))
    one, five, ten = (float(np.polyval(row[::-1], 1.0 / (n_obs - 1))) for row in rows)
    return one, five, ten
