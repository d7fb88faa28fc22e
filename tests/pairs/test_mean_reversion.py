"""Half-life, Hurst exponent, variance ratio and crossings at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.pairs.mean_reversion import (
    half_life,
    half_life_of,
    hurst_exponent,
    variance_ratio,
    zero_crossings,
)


def test_half_life_is_undefined_without_reversion_and_when_overshooting() -> None:
    assert half_life_of(0.5) == pytest.approx(1.0)
    assert half_life_of(2.0 ** (-1.0 / 20.0)) == pytest.approx(20.0)
    for persistence in (1.0, 1.2, 0.0, -0.4, math.nan):
        assert math.isnan(half_life_of(persistence))
    growing = half_life(1.05 ** np.arange(100.0))
    assert math.isnan(growing.half_life)
    assert growing.high == math.inf
    alternating = half_life(np.random.default_rng(0).permutation(np.tile([1.0, -1.0], 50)) * np.tile([1, 1.2], 50))
    assert alternating.low == 0.0


def test_half_life_of_a_random_walk_is_finite_but_its_interval_is_open() -> None:
    found = half_life(np.random.default_rng(1).standard_normal(252).cumsum())
    assert math.isfinite(found.half_life)
    assert found.high == math.inf


def test_half_life_leaves_out_changes_next_to_a_gap() -> None:
    u = np.sin(np.arange(60.0)) + np.random.default_rng(2).standard_normal(60)
    with_gap = np.concatenate([u[:30], [np.nan], u[30:]])
    found = half_life(with_gap)
    assert found.n_obs == 59
    past, change = np.delete(u[:-1], 29), np.delete(np.diff(u), 29)
    assert found.persistence == pytest.approx(1.0 + np.polyfit(past, change, 1)[0], rel=1e-10)


def test_constant_or_short_series_are_refused() -> None:
    with pytest.raises(InvalidInput, match="constant"):
        half_life(np.full(50, 3.0))
    with pytest.raises(InsufficientData, match="need 10"):
        half_life([1.0, 2.0, 1.0])
    with pytest.raises(InsufficientData, match="need 120"):
        hurst_exponent(np.arange(50.0))
    with pytest.raises(InvalidParameters, match="max_lag >= 4"):
        hurst_exponent(np.arange(50.0), max_lag=3)
    with pytest.raises(InvalidInput, match="does not move"):
        hurst_exponent(np.arange(200.0))
    with pytest.raises(InvalidInput, match="does not move"):
        variance_ratio(np.full(50, 1.0))
    with pytest.raises(InvalidParameters, match="lags >= 2"):
        variance_ratio(np.arange(50.0), lags=1)
    with pytest.raises(InvalidInput, match="one dimension"):
        half_life(np.ones((3, 3)))


def test_variance_ratio_is_one_for_walks_and_below_for_reversion() -> None:
    rng = np.random.default_rng(3)
    walks = [variance_ratio(rng.standard_normal(500).cumsum(), lags=5) for _ in range(400)]
    assert np.mean([item.variance_ratio for item in walks]) == pytest.approx(1.0, abs=0.02)
    assert 0.03 < np.mean([item.p_value < 0.05 for item in walks]) < 0.08
    noise = variance_ratio(rng.standard_normal(500), lags=5)
    assert noise.variance_ratio < 0.5
    assert noise.p_value < 1e-4


def test_zero_crossings_count_changes_of_side() -> None:
    assert zero_crossings([1.0, -1.0, 1.0, -1.0]) == 3
    assert zero_crossings([1.0, np.nan, -1.0, 0.0, -1.0, 1.0]) == 2
    assert zero_crossings([2.0, 2.0]) == 0
    assert zero_crossings([]) == 0
