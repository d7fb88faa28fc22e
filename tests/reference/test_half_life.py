"""Half-life and its bias correction: least squares, published formula, processes with a known half-life."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from titan_research.pairs.mean_reversion import half_life, hurst_exponent


def reverting(true_half_life: float, n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    persistence = 2.0 ** (-1.0 / true_half_life)
    u = np.zeros(n + 500)
    shocks = rng.standard_normal(n + 500)
    for t in range(1, len(u)):
        u[t] = persistence * u[t - 1] + shocks[t]
    return u[500:]


def test_half_life_and_standard_error_equal_least_squares() -> None:
    u = reverting(15.0, 400, np.random.default_rng(1))
    fit = OLS(np.diff(u), add_constant(u[:-1])).fit()
    found = half_life(u)
    assert found.persistence == pytest.approx(1.0 + fit.params[1], rel=1e-12)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=1e-10)
    assert found.half_life == pytest.approx(-math.log(2.0) / math.log1p(fit.params[1]), rel=1e-10)


def test_correction_is_that_of_marriott_and_pope() -> None:
    found = half_life(reverting(20.0, 252, np.random.default_rng(2)))
    corrected = (found.persistence + 1.0 / 252) / (1.0 - 3.0 / 252)
    assert found.half_life_corrected == pytest.approx(-math.log(2.0) / math.log(corrected), rel=1e-12)


def test_correction_removes_most_of_the_bias_of_short_samples() -> None:
    rng = np.random.default_rng(5)
    found = [half_life(reverting(20.0, 252, rng)) for _ in range(300)]
    truth = 2.0 ** (-1.0 / 20.0)
    plain = np.mean([item.persistence for item in found]) - truth
    corrected = np.mean([(item.persistence + 1 / 252) / (1 - 3 / 252) for item in found]) - truth
    assert plain < -0.012
    assert abs(corrected) < 0.004


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(6)
    found = [half_life(reverting(10.0, 504, rng)) for _ in range(400)]
    covered = np.mean([item.low <= 10.0 <= item.high for item in found])
    assert 0.90 <= covered <= 0.98


def test_hurst_exponent_equals_the_regression_of_numpy_and_knows_walk_from_noise() -> None:
    rng = np.random.default_rng(7)
    walk, noise = rng.standard_normal(5_000).cumsum(), rng.standard_normal(5_000)
    lags = np.arange(2, 100)
    deviations = [np.std(walk[lag:] - walk[:-lag]) for lag in lags]
    assert hurst_exponent(walk) == pytest.approx(np.polyfit(np.log(lags), np.log(deviations), 1)[0], rel=1e-10)
    assert hurst_exponent(walk) == pytest.approx(0.5, abs=0.08)
    assert hurst_exponent(noise) == pytest.approx(0.0, abs=0.02)
