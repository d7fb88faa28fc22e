"""The forward filter against the sum over all paths."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import norm

from titan_research.regimes._jump_kernel import filter_forward, log_densities

MEANS = np.array([[-1.0, 0.5], [1.0, -0.5], [0.0, 2.0]])
SCALES = np.array([[0.5, 1.0], [1.5, 0.8], [1.0, 2.0]])
TRANSITION = np.array([[0.90, 0.07, 0.03], [0.20, 0.70, 0.10], [0.05, 0.15, 0.80]])
INITIAL = np.array([0.5, 0.3, 0.2])


def test_densities_are_gaussian() -> None:
    X = np.random.default_rng(0).standard_normal((20, 2))
    expected = np.stack([norm.logpdf(X, m, s).sum(axis=1) for m, s in zip(MEANS, SCALES, strict=True)], axis=1)
    constant = -np.log(2 * np.pi)
    np.testing.assert_allclose(log_densities(X, MEANS, SCALES) + constant, expected, rtol=1e-12)


def test_filtered_probabilities_equal_the_sum_over_all_paths() -> None:
    X = np.random.default_rng(1).standard_normal((6, 2))
    densities = log_densities(X, MEANS, SCALES)
    filtered = filter_forward(densities, TRANSITION, INITIAL)
    for t in range(6):
        weights = np.zeros(3)
        for path in product(range(3), repeat=t + 1):
            odds = INITIAL[path[0]] * np.prod([TRANSITION[a, b] for a, b in pairwise(path)])
            weights[path[-1]] += odds * np.exp(sum(densities[bar, state] for bar, state in enumerate(path)))
        np.testing.assert_allclose(filtered[t], weights / weights.sum(), rtol=1e-12)


def test_a_state_without_bars_gets_no_probability_and_far_outliers_break_nothing() -> None:
    means = np.vstack([MEANS[:2], [[np.nan, np.nan]]])
    X = np.array([[0.0, 0.0], [1e3, -1e3], [0.1, 0.1]])
    filtered = filter_forward(log_densities(X, means, SCALES), TRANSITION, INITIAL)
    assert (filtered[:, 2] == 0).all()
    assert filtered.sum(axis=1) == pytest.approx(1.0)
