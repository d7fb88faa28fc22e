"""Overfitting statistics against the numbers of the papers and against brute force."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import rankdata

from titan_research.backtest.metrics import (
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
)
from titan_research.errors import InsufficientData, InvalidInput
from titan_research.walkforward.overfitting import (
    minimum_backtest_length,
    probability_of_backtest_overfitting,
    reality_check,
)


def test_probabilistic_sharpe_ratio_of_the_2012_paper():
    """Bailey and Lopez de Prado 2012: a hedge fund with 24 months; 0.913, and 0.982 if it were normal."""
    assert probabilistic_sharpe_ratio(0.458, n_obs=24, skew=-2.448, kurt=10.164) == pytest.approx(0.913, abs=5e-4)
    assert probabilistic_sharpe_ratio(0.458, n_obs=24) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(
    ("periods", "skew", "kurt", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_minimum_track_record_length_of_the_2012_paper(periods, skew, kurt, years):
    """Annual Sharpe ratio 2 against 1 at 95 %: 2.73, 2.83, 3.24 and 4.99 years."""
    root = math.sqrt(periods)
    needed = minimum_track_record_length(2 / root, benchmark=1 / root, skew=skew, kurt=kurt)

    assert needed / periods == pytest.approx(years, abs=0.0051)


@pytest.mark.parametrize(("n_trials", "expected"), [(10, 1.575), (100, 2.531), (1000, 3.255)])
def test_expected_maximum_of_normals(n_trials, expected):
    assert expected_maximum_sharpe(n_trials) == pytest.approx(expected, abs=5e-4)


def test_deflated_sharpe_ratio_of_the_2014_paper():
    """Annual Sharpe ratio 2.5 over 1,250 days, variance of the trials 1/2 a year: 0.9004 for 100 trials."""
    options = {"n_obs": 1250, "deviation": math.sqrt(0.5 / 250)}
    sharpe = 2.5 / math.sqrt(250)

    assert expected_maximum_sharpe(100, deviation=options["deviation"]) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe_ratio(sharpe, n_trials=100, skew=-3.0, kurt=10.0, **options) == pytest.approx(
        0.9004, abs=5e-5
    )
    assert deflated_sharpe_ratio(sharpe, n_trials=46, skew=-3.0, kurt=10.0, **options) == pytest.approx(
        0.9505, abs=5e-5
    )
    assert deflated_sharpe_ratio(sharpe, n_trials=88, **options) == pytest.approx(0.9505, abs=5e-5)


@pytest.mark.parametrize(("n_trials", "years"), [(45, 5.0), (360, 8.7), (1000, 10.6)])
def test_minimum_backtest_length_of_the_2014_paper(n_trials, years):
    """Bailey, Borwein, Lopez de Prado, Zhu 2014: with five years at most 45 independent configurations."""
    assert minimum_backtest_length(n_trials, sharpe_ratio=1.0) == pytest.approx(years, abs=0.06)


def brute_force_logits(returns: np.ndarray, n_blocks: int) -> np.ndarray:
    blocks = np.array_split(np.arange(len(returns)), n_blocks)
    logits = []
    for half in combinations(range(n_blocks), n_blocks // 2):
        inside = returns[np.concatenate([blocks[k] for k in half])]
        outside = returns[np.concatenate([blocks[k] for k in range(n_blocks) if k not in half])]
        winner = np.argmax(inside.mean(axis=0) / inside.std(axis=0))
        ranks = rankdata(outside.mean(axis=0) / outside.std(axis=0))
        relative = ranks[winner] / (returns.shape[1] + 1)
        logits.append(math.log(relative / (1 - relative)))
    return np.array(logits)


def test_overfitting_logits_equal_a_brute_force():
    returns = np.random.default_rng(3).standard_normal((480, 12))

    result = probability_of_backtest_overfitting(returns, n_blocks=8)

    expected = brute_force_logits(returns, 8)
    np.testing.assert_allclose(result.logits.to_numpy(), expected, rtol=0, atol=1e-12)
    assert result.pbo == (expected <= 0).mean()
    assert result.n_splits == math.comb(8, 4)


def test_pure_noise_overfits_half_of_the_time_on_average():
    shares = [
        probability_of_backtest_overfitting(np.random.default_rng(seed).standard_normal((640, 20)), n_blocks=8).pbo
        for seed in range(60)
    ]

    assert np.mean(shares) == pytest.approx(0.49, abs=0.08)


def test_equal_trials_that_only_differ_by_noise_overfit_always():
    """Re-centred to one Sharpe ratio over the sample, the winner of one half must lose in the other."""
    returns = np.random.default_rng(5).standard_normal((640, 10))
    returns = (returns - returns.mean(axis=0)) / returns.std(axis=0)

    assert probability_of_backtest_overfitting(returns, n_blocks=8).pbo == 1.0


def test_one_real_edge_among_noise_does_not_overfit():
    returns = np.random.default_rng(6).standard_normal((640, 10))
    returns[:, 4] += 0.3

    result = probability_of_backtest_overfitting(returns, n_blocks=8)

    assert result.pbo == 0.0
    assert result.probability_of_loss == 0.0


def test_reality_check_equals_the_formula_written_out():
    returns = np.random.default_rng(8).normal([0.0, 0.1, 0.05], 1.0, (210, 3))
    block, resamples = 21, 50

    result = reality_check(returns, block=block, n_resamples=resamples, seed=4)

    root, deviation = math.sqrt(210), returns.std(axis=0)
    observed = (root * returns.mean(axis=0) / deviation).max()
    weights = np.random.default_rng(4).multinomial(10, np.full(10, 0.1), size=resamples)
    centred = returns - returns.mean(axis=0)
    maxima = [
        max(
            sum(row[k] * centred[k * block : (k + 1) * block, j].sum() for k in range(10)) / (root * deviation[j])
            for j in range(3)
        )
        for row in weights
    ]
    assert result.statistic == pytest.approx(observed, rel=1e-12)
    assert result.p_value == (1 + sum(value >= observed for value in maxima)) / (resamples + 1)


def test_reality_check_rejects_noise_about_as_often_as_it_says():
    """Nominal 5 %; best of 40 correlated trials over 1,260 days; 200 worlds: standard error 1.5 %."""
    rejected = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        returns = rng.standard_normal((1260, 40)) + rng.standard_normal((1260, 1))
        rejected += reality_check(returns, n_resamples=199, seed=seed).p_value < 0.05

    assert 0.015 <= rejected / 200 <= 0.10


def test_reality_check_finds_an_edge():
    returns = 0.01 * np.random.default_rng(2).standard_normal((2520, 40))
    returns[:, 7] += 0.01 * 1.5 / math.sqrt(252)

    result = reality_check(returns, n_resamples=499, seed=1)

    assert result.best == 7
    assert result.p_value < 0.02


def test_a_trial_that_never_traded_neither_helps_nor_breaks():
    returns = np.zeros((500, 3))
    returns[:, 1] = -0.01 + 0.001 * np.random.default_rng(0).standard_normal(500)

    result = reality_check(returns, n_resamples=99)

    assert result.statistic == 0.0
    assert result.p_value == 1.0
    assert math.isfinite(probability_of_backtest_overfitting(returns, n_blocks=4).pbo)


def test_bad_input_is_refused_with_what_was_expected():
    with pytest.raises(InvalidInput, match="NaN"):
        reality_check(np.full((500, 2), np.nan))
    with pytest.raises(InvalidInput, match="shape"):
        reality_check(np.zeros(500))
    with pytest.raises(InsufficientData, match="at least 84"):
        reality_check(np.zeros((50, 2)))
    with pytest.raises(InvalidInput, match="even"):
        probability_of_backtest_overfitting(np.zeros((500, 2)), n_blocks=7)
    with pytest.raises(InvalidInput, match="at least 2 trials"):
        probability_of_backtest_overfitting(np.zeros((500, 1)))
