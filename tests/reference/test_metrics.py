"""Sharpe ratio statistics against the numbers printed in the papers and against skfolio and vectorbt."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skfolio import measures

from titan_research.backtest.metrics import (
    deflated_sharpe_ratio,
    drawdown,
    expected_maximum_sharpe,
    kurtosis,
    max_drawdown,
    minimum_track_record_length,
    period_sharpe_ratio,
    probabilistic_sharpe_ratio,
    sharpe_ratio_error,
    skewness,
    sortino_ratio,
)


@pytest.fixture(scope="module", params=[0, 1, 2])
def returns(request: pytest.FixtureRequest) -> np.ndarray:
    return 0.0004 + 0.01 * np.random.default_rng(request.param).standard_t(4, 1500)


def test_bailey_and_lopez_de_prado_2012_probabilistic_sharpe_ratio() -> None:
    assert probabilistic_sharpe_ratio(0.458, n_obs=24, skew=-2.448, kurt=10.164) == pytest.approx(0.913, abs=5e-4)
    assert probabilistic_sharpe_ratio(0.458, n_obs=24) == pytest.approx(0.982, abs=5e-4)


@pytest.mark.parametrize(
    ("periods", "skew", "kurt", "years"),
    [(252, 0, 3, 2.73), (52, 0, 3, 2.83), (12, 0, 3, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_bailey_and_lopez_de_prado_2012_minimum_track_record(
    periods: int, skew: float, kurt: float, years: float
) -> None:
    root = math.sqrt(periods)
    length = minimum_track_record_length(2 / root, skew=skew, kurt=kurt, benchmark=1 / root, confidence=0.95)
    assert length / periods == pytest.approx(years, abs=5e-3)


@pytest.mark.parametrize(("trials", "maximum"), [(10, 1.575), (100, 2.531), (1000, 3.255)])
def test_expected_maximum_sharpe_ratio(trials: int, maximum: float) -> None:
    assert expected_maximum_sharpe(trials) == pytest.approx(maximum, abs=5e-4)
    best = np.random.default_rng(1).standard_normal((4000, trials)).max(axis=1).mean()
    assert expected_maximum_sharpe(trials) == pytest.approx(best, abs=0.06)


def test_bailey_and_lopez_de_prado_2014_deflated_sharpe_ratio() -> None:
    observed, spread = 2.5 / math.sqrt(250), math.sqrt(0.5 / 250)
    case = {"n_obs": 1250, "deviation": spread}
    assert expected_maximum_sharpe(100, deviation=spread) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe_ratio(observed, n_trials=100, skew=-3, kurt=10, **case) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe_ratio(observed, n_trials=46, skew=-3, kurt=10, **case) == pytest.approx(0.9505, abs=5e-5)
    assert deflated_sharpe_ratio(observed, n_trials=88, **case) == pytest.approx(0.9505, abs=5e-5)


def test_standard_error_is_that_of_lo_2002_for_normal_returns() -> None:
    assert sharpe_ratio_error(0.1, n_obs=1001) == pytest.approx(math.sqrt((1 + 0.5 * 0.1**2) / 1000), rel=1e-14)


def test_probabilistic_and_deflated_sharpe_ratio_equal_skfolio(returns: np.ndarray) -> None:
    sharpe = period_sharpe_ratio(returns)
    shape = {"n_obs": len(returns), "skew": skewness(returns), "kurt": kurtosis(returns)}
    for benchmark in (0.0, 0.03):
        assert probabilistic_sharpe_ratio(sharpe, benchmark=benchmark, **shape) == pytest.approx(
            measures.probabilistic_sharpe_ratio(returns, benchmark_sharpe_ratio=benchmark), rel=1e-12
        )
    trials = np.random.default_rng(5).normal(0, 0.02, 40)
    assert deflated_sharpe_ratio(sharpe, n_trials=40, deviation=trials.std(ddof=1), **shape) == pytest.approx(
        measures.deflated_sharpe_ratio(returns, trials), rel=1e-10
    )


def test_moments_and_sharpe_ratio_equal_skfolio(returns: np.ndarray) -> None:
    assert period_sharpe_ratio(returns) == pytest.approx(
        measures.mean(returns) / measures.standard_deviation(returns), rel=1e-12
    )
    assert skewness(returns) == pytest.approx(measures.skew(returns), rel=1e-9)
    assert kurtosis(returns) == pytest.approx(measures.kurtosis(returns), rel=1e-9)


def test_drawdown_equals_skfolio(returns: np.ndarray) -> None:
    equity = np.concatenate([[1.0], np.cumprod(1 + returns)])
    peer = measures.get_drawdowns(returns, compounded=True)
    np.testing.assert_allclose(drawdown(equity)[1:], np.asarray(peer)[-len(returns) :], atol=1e-12)
    assert max_drawdown(equity) == pytest.approx(-measures.max_drawdown(peer), rel=1e-12)


def test_sortino_ratio_divides_by_the_root_of_all_squared_losses_over_all_periods(returns: np.ndarray) -> None:
    downside = math.sqrt(sum(min(value, 0.0) ** 2 for value in returns) / len(returns))
    expected = returns.mean() / downside * math.sqrt(252)
    assert sortino_ratio(returns, periods_per_year=252) == pytest.approx(expected, rel=1e-12)
    biased = measures.semi_deviation(returns, min_acceptable_return=0.0, biased=True)
    assert sortino_ratio(returns, periods_per_year=252) == pytest.approx(
        returns.mean() / biased * math.sqrt(252), rel=1e-12
    )
