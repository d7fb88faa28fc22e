"""Compiled rolling regression and z-score: two exact passes a window, so that no error is carried along.

Deviations are taken from the newest bar of the window first. A halted series then has a variance of exactly
zero, large levels cost no digits, and a value depends on the bits of its own window alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["rolling_regression", "rolling_zscore"]

Array = npt.NDArray[Any]

_NOISE = 8.0 * float(np.finfo(np.float64).eps)

_jit = njit(cache=True, nogil=True, error_model="numpy")


@_jit
def _mean_from(values: Array, origin: float) -> float:
    s0 = s1 = s2 = s3 = 0.0
    whole = values.size - values.size % 4
    for k in range(0, whole, 4):
        v = values[k : k + 4]
        s0 += v[0] - origin
        s1 += v[1] - origin
        s2 += v[2] - origin
        s3 += v[3] - origin
    for k in range(whole, values.size):
        s0 += values[k] - origin
    return ((s0 + s1) + (s2 + s3)) / values.size


@_jit
def rolling_regression(y: Array, x: Array, window: int, hedge_ratio: Array, intercept: Array) -> None:
    """Least squares of y on a constant and x over the last ``window`` bars; NaN until they are all finite."""
    last_gap = -1
    for t in range(y.size):
        hedge_ratio[t] = np.nan
        intercept[t] = np.nan
        if not (math.isfinite(y[t]) and math.isfinite(x[t])):
            last_gap = t
        if t - last_gap < window:
            continue
        ys, xs = y[t - window + 1 : t + 1], x[t - window + 1 : t + 1]
        y_now, x_now = y[t], x[t]
        y_mean, x_mean = _mean_from(ys, y_now), _mean_from(xs, x_now)
        xx0 = xx1 = xy0 = xy1 = 0.0
        even = window - window % 2
        for k in range(0, even, 2):
            p, q = xs[k : k + 2], ys[k : k + 2]
            d0, d1 = (p[0] - x_now) - x_mean, (p[1] - x_now) - x_mean
            xx0 += d0 * d0
            xx1 += d1 * d1
            xy0 += d0 * ((q[0] - y_now) - y_mean)
            xy1 += d1 * ((q[1] - y_now) - y_mean)
        if even < window:
            d0 = (xs[even] - x_now) - x_mean
            xx0 += d0 * d0
            xy0 += d0 * ((ys[even] - y_now) - y_mean)
        variation = xx0 + xx1
        noise = _NOISE * x_now
        if variation > window * noise * noise:
            slope = (xy0 + xy1) / variation
            hedge_ratio[t] = slope
            intercept[t] = (y_now + y_mean) - slope * (x_now + x_mean)


@_jit
def rolling_zscore(y: Array, x: Array, hedge_ratio: Array, window: int, zscore: Array) -> None:
    """Today's spread against the last ``window`` spreads, all made with today's hedge ratio; ddof = 1."""
    last_gap = -1
    spreads = np.empty(window)
    for t in range(y.size):
        zscore[t] = np.nan
        if not (math.isfinite(y[t]) and math.isfinite(x[t])):
            last_gap = t
        if t - last_gap < window or not math.isfinite(hedge_ratio[t]):
            continue
        slope, y_now, x_now = hedge_ratio[t], y[t], x[t]
        ys, xs = y[t - window + 1 : t + 1], x[t - window + 1 : t + 1]
        for k in range(window):
            spreads[k] = (ys[k] - y_now) - slope * (xs[k] - x_now)
        mean = _mean_from(spreads, 0.0)
        square = 0.0
        for k in range(window):
            square += (spreads[k] - mean) * (spreads[k] - mean)
        deviation = math.sqrt(square / (window - 1))
        if deviation > _NOISE * (abs(y_now) + abs(slope * x_now)):
            zscore[t] = -mean / deviation
