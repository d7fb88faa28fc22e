"""The jump model: its objective, its order of states, its online labels."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from titan_research.causality import certify
from titan_research.errors import InsufficientData, InvalidInput
from titan_research.regimes._jump_kernel import value_matrix, viterbi
from titan_research.regimes.jump import fit_jump_model, margins, online_states, online_values


def _two_worlds(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (np.arange(n) // 50) % 2
    features = rng.standard_normal((n, 2)) + 3.0 * truth[:, None]
    return features, rng.standard_normal(n) * np.where(truth == 1, 0.005, 0.02), truth


def _objective(features: np.ndarray, centers: np.ndarray, path: np.ndarray, penalty: float) -> float:
    return float(0.5 * ((features - centers[path]) ** 2).sum() + penalty * np.count_nonzero(np.diff(path)))


@pytest.mark.parametrize("penalty", [0.0, 0.7, 3.0, 50.0])
def test_the_path_is_the_cheapest_of_all_paths(penalty: float) -> None:
    rng = np.random.default_rng(4)
    features, centers = rng.standard_normal((8, 2)), rng.standard_normal((3, 2))
    values = value_matrix(features, centers, penalty)
    path = viterbi(values, penalty)
    cheapest = min(_objective(features, centers, np.array(p), penalty) for p in product(range(3), repeat=8))
    assert _objective(features, centers, path, penalty) == pytest.approx(cheapest, rel=1e-12)
    assert values[-1].min() == pytest.approx(cheapest, rel=1e-12)


def test_online_labels_are_the_ends_of_the_cheapest_paths_so_far() -> None:
    rng = np.random.default_rng(5)
    features, centers = rng.standard_normal((60, 2)), rng.standard_normal((2, 2))
    online = online_states(online_values(features, centers, 2.0))
    ends = [viterbi(value_matrix(features[: t + 1], centers, 2.0), 2.0)[-1] for t in range(60)]
    np.testing.assert_array_equal(online, ends)


def test_states_are_found_and_sorted_by_volatility_of_returns_not_by_features() -> None:
    features, returns, truth = _two_worlds()
    fit = fit_jump_model(features, returns=returns, n_regimes=2, penalty=5.0, n_starts=4, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(fit.labels, 1 - truth)
    assert fit.centers[0].mean() > 2 > 1 > fit.centers[1].mean()
    assert fit.objective == pytest.approx(_objective(features, fit.centers, fit.labels, 5.0), rel=1e-12)
    assert returns[fit.labels == 0].std() < returns[fit.labels == 1].std()


def test_three_states_are_put_in_order_whatever_order_they_were_found_in() -> None:
    rng = np.random.default_rng(3)
    truth = (np.arange(600) // 50) % 3
    features = rng.standard_normal((600, 2)) + 6.0 * truth[:, None]
    volatility = np.array([0.02, 0.03, 0.01])[truth]
    for seed in range(6):
        fit = fit_jump_model(
            features,
            returns=volatility * rng.standard_normal(600),
            n_regimes=3,
            penalty=5.0,
            n_starts=2,
            rng=np.random.default_rng(seed),
        )
        np.testing.assert_array_equal(fit.labels, np.array([1, 2, 0])[truth])
        np.testing.assert_allclose(fit.centers[:, 0], [12.0, 0.0, 6.0], atol=0.5)


def test_the_same_seed_gives_the_same_bits() -> None:
    features, returns, _ = _two_worlds(seed=8)
    fits = [
        fit_jump_model(features, returns=returns, n_regimes=3, penalty=1.0, n_starts=3, rng=np.random.default_rng(9))
        for _ in range(2)
    ]
    np.testing.assert_array_equal(fits[0].centers, fits[1].centers)
    assert fits[0].objective == fits[1].objective


def test_a_penalty_beyond_reach_leaves_one_state_and_no_number_breaks() -> None:
    features, returns, _ = _two_worlds()
    fit = fit_jump_model(features, returns=returns, n_regimes=2, penalty=1e9, n_starts=2, rng=np.random.default_rng(1))
    assert set(fit.labels) == {0}
    assert np.isnan(fit.centers[1]).all()
    assert (online_states(online_values(features, fit.centers, 1e9)) == 0).all()


def test_margins_are_the_price_of_the_second_best_state() -> None:
    assert margins(np.array([[1.0, 4.0, 2.5], [7.0, 7.0, 9.0]])).tolist() == [1.5, 0.0]


def test_missing_features_and_too_few_bars_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidInput, match="finite features"):
        fit_jump_model(np.full((9, 2), np.nan), returns=np.zeros(9), n_regimes=2, penalty=1.0, n_starts=1, rng=rng)
    with pytest.raises(InsufficientData, match="more than 3 bars"):
        fit_jump_model(np.zeros((3, 2)), returns=np.zeros(3), n_regimes=3, penalty=1.0, n_starts=1, rng=rng)


def test_forward_costs_do_not_look_ahead() -> None:
    certificate = certify(online_values, n_bars=300)
    assert certificate.passed, certificate.failures().to_string()
