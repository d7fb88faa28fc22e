"""Compiled Engle-Granger test of many pairs: statsmodels ``coint`` without a regression per lag.

Series are kept newest first, so that the product sums over lagged differences are contiguous: with ``level``
the residual and ``change[m] = level[m] - level[m + 1]``, the moment of lag b over the sample of n rows is
``sum(change[m] * change[m + b] for m in range(n))``. The Gram matrix of all lags follows from its first row
by two rank-one edges, one elimination gives every nested model, and the chosen lag is fitted again on its
longer sample.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = [
    "AIC",
    "BIC",
    "COLLINEAR",
    "CONSTANT",
    "FIXED_LAG",
    "NONFINITE",
    "OK",
    "SHORT",
    "T_STAT",
    "prepare_symbols",
    "run_pairs",
]

OK, COLLINEAR, CONSTANT, SHORT, NONFINITE = 0, 1, 2, 3, 4
AIC, BIC, T_STAT, FIXED_LAG = 0, 1, 2, 3

_COLLINEAR_R_SQUARED = 1.0 - 100.0 * math.sqrt(float(np.finfo(np.float64).eps))
_LAST_LAG_T = 1.6448536269514722
_CONSTANT_TOLERANCE = 1e-13
_PADDING = 64

Array = npt.NDArray[Any]

_jit = njit(cache=True, nogil=True, error_model="numpy")


@_jit
def _dot(a: Array, b: Array) -> float:
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = a.size - a.size % 8
    for k in range(0, whole, 8):
        p, q = a[k : k + 8], b[k : k + 8]
        s0 += p[0] * q[0]
        s1 += p[1] * q[1]
        s2 += p[2] * q[2]
        s3 += p[3] * q[3]
        s4 += p[4] * q[4]
        s5 += p[5] * q[5]
        s6 += p[6] * q[6]
        s7 += p[7] * q[7]
    for k in range(whole, a.size):
        s0 += a[k] * b[k]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))


@_jit
def _total(a: Array) -> float:
    s0 = s1 = s2 = s3 = 0.0
    whole = a.size - a.size % 4
    for k in range(0, whole, 4):
        p = a[k : k + 4]
        s0 += p[0]
        s1 += p[1]
        s2 += p[2]
        s3 += p[3]
    for k in range(whole, a.size):
        s0 += a[k]
    return (s0 + s1) + (s2 + s3)


@_jit
def _prepare(series: Array, terms: int, unit: Array, facts: Array) -> int:
    """Write the detrended series, newest first and of unit norm, to ``unit``; return its status.

    ``facts`` receives norm, mean, slope a row and the share of the total variation left by the deterministic
    terms.
    """
    n = series.size
    largest, top, bottom = 0.0, series[0], series[0]
    for k in range(n):
        if not math.isfinite(series[k]):
            return NONFINITE
        largest = max(largest, abs(series[k]))
        top = max(top, series[k])
        bottom = min(bottom, series[k])
    if top == bottom:
        return CONSTANT
    exponent = min(max(math.frexp(largest)[1], -1000), 1000)
    shrink, grow = math.ldexp(1.0, -exponent), math.ldexp(1.0, exponent)
    for k in range(n):
        unit[n - 1 - k] = series[k] * shrink
    z = unit[:n]
    mean, slope, share = 0.0, 0.0, 1.0
    if terms >= 1:
        mean = _center(z) + _center(z)
    if terms == 2:
        variation = _dot(z, z)
        slope = _remove_slope(z) + _remove_slope(z)
        mean += _center(z)
        share = _dot(z, z) / variation
    norm = math.sqrt(_dot(z, z))
    if terms >= 1 and norm <= _CONSTANT_TOLERANCE * largest * shrink * math.sqrt(n):
        return CONSTANT
    inverse = 1.0 / norm
    for k in range(n):
        z[k] *= inverse
    facts[0], facts[1], facts[2], facts[3] = norm * grow, mean * grow, slope * grow, share
    return OK


@_jit
def _center(z: Array) -> float:
    mean = _total(z) / z.size
    for k in range(z.size):
        z[k] -= mean
    return mean


@_jit
def _remove_slope(z: Array) -> float:
    n = z.size
    middle = 0.5 * (n - 1)
    moment = 0.0
    for k in range(n):
        moment += (middle - k) * z[k]
    slope = moment / (n * (float(n) * n - 1.0) / 12.0)
    for k in range(n):
        z[k] -= slope * (middle - k)
    return slope


@_jit
def _moments(change: Array, n: int, width: int, g: Array) -> None:
    """g[b] = sum of change[m] change[m + b] over m < n, for b < width."""
    g[:width] = 0.0
    whole = n - n % 4
    for m in range(0, whole, 4):
        row = change[m : m + width + 4]
        c0, c1, c2, c3 = row[0], row[1], row[2], row[3]
        r0, r1, r2, r3 = row[0:width], row[1 : width + 1], row[2 : width + 2], row[3 : width + 3]
        for b in range(width):
            g[b] += (c0 * r0[b] + c1 * r1[b]) + (c2 * r2[b] + c3 * r3[b])
    for m in range(whole, n):
        row = change[m : m + width]
        c0 = row[0]
        for b in range(width):
            g[b] += c0 * row[b]


@_jit
def _eliminate(
    level: Array, change: Array, n: int, lags: int, g: Array, level_square: float, gram: Array, rss: Array
) -> tuple[float, float, float, float]:
    """Fit the nested models with 0..lags lags; return the level's (a, c) at ``lags`` and at zero lags.

    After pivot l: ``rss[l]`` is the residual sum of squares with l lags and c / sqrt(a rss / df) the t value
    of the level.
    """
    gram[0, : lags + 1] = g[: lags + 1]
    for p in range(lags):
        above, below = gram[p, p:lags], gram[p + 1, p + 1 : lags + 1]
        first, last = change[n + p : n + lags], change[p:lags]
        enter, leave = change[n + p], change[p]
        for q in range(below.size):
            below[q] = above[q] + enter * first[q] - leave * last[q]
    a, b = level_square, g[0]
    c = 0.5 * (level[0] * level[0] - level[n] * level[n] - b)
    a_none, c_none = a, c
    at_level, at_response = lags + 1, lags + 2
    for lag in range(1, lags + 1):
        cross = 0.0
        for m in range(1, lag):
            cross += gram[m, lag]
        gram[lag, at_level] = 0.5 * (level[lag] * level[lag] - level[n + lag] * level[n + lag] + gram[lag, lag]) + cross
        gram[lag, at_response] = g[lag]
    rss[0] = b - c * c / a
    for p in range(1, lags + 1):
        pivot_row = gram[p]
        inverse = 1.0 / pivot_row[p]
        on_level, on_response = pivot_row[at_level], pivot_row[at_response]
        a -= on_level * on_level * inverse
        c -= on_level * on_response * inverse
        b -= on_response * on_response * inverse
        rss[p] = b - c * c / a
        for q in range(p + 1, lags + 1):
            factor = pivot_row[q] * inverse
            source, target = pivot_row[q : lags + 3], gram[q, q : lags + 3]
            for col in range(target.size):
                target[col] -= factor * source[col]
    return a, c, a_none, c_none


@_jit
def _choose_lag(rss: Array, n: int, lags: int, rule: int, a_none: float, c_none: float) -> int:
    if rule == T_STAT:
        for lag in range(lags, 0, -1):
            if (rss[lag - 1] - rss[lag]) * (n - lag - 1) / rss[lag] >= _LAST_LAG_T * _LAST_LAG_T:
                return lag
        return 0
    penalty = (2.0 if rule == AIC else math.log(n)) / n
    best, chosen = rss[0], 0
    for lag in range(1, lags + 1):
        value = rss[lag] * math.exp(penalty * lag)
        if value < best:
            best, chosen = value, lag
    return chosen


@_jit
def _unit_root(
    level: Array, change: Array, total: int, most: int, rule: int, g: Array, gram: Array, rss: Array
) -> tuple[float, int]:
    """Augmented Dickey-Fuller t value of the residual, without deterministic terms, and its lag."""
    n = total - 1 - most
    _moments(change, n, most + 1 + (-(most + 1)) % 8, g)
    square = _dot(level[1 : n + 1], level[1 : n + 1])
    a, c, a_none, c_none = _eliminate(level, change, n, most, g, square, gram, rss)
    lag = most if rule == FIXED_LAG else _choose_lag(rss, n, most, rule, a_none, c_none)
    if lag < most:
        longer = total - 1 - lag
        for m in range(n, longer):
            row = change[m : m + lag + 1]
            for b in range(lag + 1):
                g[b] += row[0] * row[b]
            square += level[m + 1] * level[m + 1]
        a, c, a_none, c_none = _eliminate(level, change, longer, lag, g, square, gram, rss)
    return c / math.sqrt(a * rss[lag] / (total - 2 - 2 * lag)), lag


@_jit
def _half_life(level: Array, change: Array, total: int) -> float:
    """-ln 2 / ln(1 + lam) of the regression of the residual's change on a constant and its last level."""
    past = level[1:total]
    n = total - 1
    rise = level[0] - level[total - 1]
    cross = 0.5 * (level[0] * level[0] - level[total - 1] * level[total - 1] - _dot(change[:n], change[:n]))
    mean = _total(past) / n
    lam = (cross - mean * rise) / (_dot(past, past) - n * mean * mean)
    return -math.log(2.0) / math.log1p(lam) if -1.0 < lam < 0.0 else math.nan


@_jit
def prepare_symbols(values: Array, terms: int, units: Array, facts: Array, lengths: Array, statuses: Array) -> None:
    """Detrend each row of ``values`` (symbols x sessions, NaN = no bar) on its own bars."""
    bars = np.empty(values.shape[1])
    for i in range(values.shape[0]):
        n = 0
        for k in range(values.shape[1]):
            if not math.isnan(values[i, k]):
                bars[n] = values[i, k]
                n += 1
        lengths[i] = n
        statuses[i] = SHORT if n < 2 else _prepare(bars[:n], terms, units[i], facts[i])


@_jit
def run_pairs(
    values: Array,
    masks: Array,
    units: Array,
    facts: Array,
    lengths: Array,
    statuses: Array,
    first: Array,
    second: Array,
    terms: int,
    rule: int,
    lag_limits: Array,
    min_obs: int,
    numbers: Array,
    counts: Array,
) -> None:
    """Test every pair in both directions: row 2k is ``first`` on ``second``, row 2k + 1 the reverse.

    ``numbers`` (rows x 5): statistic, r_squared, hedge ratio, intercept, half-life. ``counts`` (rows x 3):
    lags, n_obs, status. Pairs whose bars fall on different sessions (``masks`` differ) are prepared again on
    their common ones.
    """
    n_sessions = values.shape[1]
    most = max(0, lag_limits.max())
    size = n_sessions + most + _PADDING
    bars = np.empty((2, n_sessions))
    own_units, own_facts = np.zeros((2, size)), np.zeros((2, 4))
    level, change = np.zeros(size), np.zeros(size)
    gram, g, rss = np.zeros((most + 1, most + 3)), np.zeros(most + 16), np.zeros(most + 1)
    for k in range(first.size):
        i, j = first[k], second[k]
        numbers[2 * k : 2 * k + 2] = np.nan
        counts[2 * k : 2 * k + 2, 0] = 0
        if masks[i] == masks[j]:
            n = lengths[i]
            y_unit, x_unit, y_facts, x_facts = units[i], units[j], facts[i], facts[j]
            status = max(statuses[i], statuses[j])
        else:
            n = 0
            for t in range(n_sessions):
                if not (math.isnan(values[i, t]) or math.isnan(values[j, t])):
                    bars[0, n], bars[1, n] = values[i, t], values[j, t]
                    n += 1
            y_unit, x_unit, y_facts, x_facts = own_units[0], own_units[1], own_facts[0], own_facts[1]
            status = SHORT
            if n >= min_obs:
                status = max(
                    _prepare(bars[0, :n], terms, y_unit, y_facts),
                    _prepare(bars[1, :n], terms, x_unit, x_facts),
                )
        if n < min_obs or lag_limits[n] < 0:
            status = SHORT
        counts[2 * k : 2 * k + 2, 1] = n
        counts[2 * k : 2 * k + 2, 2] = status
        if status != OK:
            continue
        r = _dot(y_unit[:n], x_unit[:n])
        for side in range(2):
            row = 2 * k + side
            if side == 1:
                y_unit, x_unit, y_facts, x_facts = x_unit, y_unit, x_facts, y_facts
            for t in range(n):
                level[t] = y_unit[t] - r * x_unit[t]
            for t in range(n - 1):
                change[t] = level[t] - level[t + 1]
            change[n - 1 : n + most + _PADDING] = 0.0
            r_squared = 1.0 - (1.0 - r) * (1.0 + r) * y_facts[3]
            hedge_ratio = r * y_facts[0] / x_facts[0]
            numbers[row, 1] = r_squared
            numbers[row, 2] = hedge_ratio
            trend = y_facts[2] - hedge_ratio * x_facts[2]
            numbers[row, 3] = y_facts[1] - hedge_ratio * x_facts[1] - trend * 0.5 * (n + 1)
            if not r_squared < _COLLINEAR_R_SQUARED:
                numbers[row, 0] = -np.inf
                counts[row, 2] = COLLINEAR
                continue
            numbers[row, 4] = _half_life(level, change, n)
            statistic, lag = _unit_root(level, change, n, lag_limits[n], rule, g, gram, rss)
            counts[row, 0] = lag
            if math.isfinite(statistic):
                numbers[row, 0] = statistic
            else:
                counts[row, 2] = NONFINITE
