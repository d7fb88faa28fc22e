"""Properties of the batched test that hold whatever the data: degenerate cases, units, order, size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.pairs.engle_granger import STATUSES, PairStatistics, engle_granger_scan
from titan_research.types import Autolag, TestStatus, Trend

Floats = npt.NDArray[np.float64]


def walks(n: int, columns: int, seed: int = 0) -> Floats:
    return 4.0 + 0.01 * np.random.default_rng(seed).standard_normal((n, columns)).cumsum(axis=0)


def status(found: PairStatistics, k: int = 0) -> TestStatus:
    return STATUSES[int(found.status[k])]


def pair(y: Floats, x: Floats, trend: Trend = Trend.CONSTANT) -> PairStatistics:
    return engle_granger_scan(np.column_stack([y, x]), trend=trend)


@pytest.mark.parametrize("trend", list(Trend))
@pytest.mark.parametrize("slope", [1.0, -1.0, 2.0])
def test_collinear_series_have_minus_infinity_and_do_not_count(trend: Trend, slope: float) -> None:
    x = walks(300, 1)[:, 0]
    y = slope * x + (0.0 if trend is Trend.NONE else 3.0)
    found = pair(y, x, trend)
    for k in range(2):
        assert status(found, k) is TestStatus.COLLINEAR
        assert found.statistic[k] == -np.inf
        assert found.p_value[k] == 0.0
    assert not found.counted.any()


def test_nearly_collinear_series_are_collinear_on_the_side_of_the_threshold_of_statsmodels() -> None:
    x = walks(500, 1)[:, 0]
    noise = np.random.default_rng(1).standard_normal(500)
    noise -= noise.mean()
    x_deviation = x - x.mean()
    noise -= x_deviation * (noise @ x_deviation) / (x_deviation @ x_deviation)
    noise *= np.linalg.norm(x_deviation) / np.linalg.norm(noise)
    assert status(pair(x + noise * np.sqrt(1.3e-6), x)) is TestStatus.COLLINEAR
    assert status(pair(x + noise * np.sqrt(1.7e-6), x)) is TestStatus.OK


@pytest.mark.parametrize("trend", list(Trend))
@pytest.mark.parametrize("level", [0.0, 0.1, 42.0])
def test_a_constant_leg_has_no_test_in_either_direction(trend: Trend, level: float) -> None:
    walk, halted = walks(300, 1)[:, 0], np.full(300, level)
    for found in (pair(halted, walk, trend), pair(halted, halted + 1.0, trend)):
        assert {status(found, 0), status(found, 1)} == {TestStatus.CONSTANT}
        assert np.isnan(found.statistic).all()
        assert np.isnan(found.p_value).all()
        assert np.isnan(found.hedge_ratio).all()


def test_a_straight_line_is_constant_once_its_trend_is_taken_out() -> None:
    found = pair(0.1 * np.arange(300.0) + 7.0, walks(300, 1)[:, 0], Trend.CONSTANT_TREND)
    assert status(found) is TestStatus.CONSTANT


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_an_infinity_is_nonfinite_and_never_perfect_cointegration(bad: float) -> None:
    series = walks(300, 3)
    series[150, 0] = bad
    found = engle_granger_scan(series)
    for k in range(len(found)):
        touched = 0 in (found.y[k], found.x[k])
        assert status(found, k) is (TestStatus.NONFINITE if touched else TestStatus.OK)
        assert np.isnan(found.p_value[k]) == touched


def test_a_nan_shortens_the_sample_and_never_means_perfect_cointegration() -> None:
    series = walks(300, 2)
    series[150, 0] = np.nan
    found = engle_granger_scan(series)
    assert status(found) is TestStatus.OK
    assert found.n_obs.tolist() == [299, 299]
    assert (found.p_value > 0.0).all()


def test_too_few_common_bars_are_short() -> None:
    series = walks(300, 3)
    series[:245, 0] = np.nan
    series[100:, 1] = np.nan
    found = engle_granger_scan(series, min_obs=60)
    assert [status(found, k) for k in (0, 2, 4)] == [TestStatus.SHORT, TestStatus.SHORT, TestStatus.OK]
    assert found.n_obs[[0, 2, 4]].tolist() == [0, 55, 100]
    assert np.isnan(found.statistic[:4]).all()


def test_a_lag_too_long_for_the_sample_is_short() -> None:
    assert status(engle_granger_scan(walks(60, 2), maxlag=30)) is TestStatus.SHORT
    assert status(engle_granger_scan(walks(60, 2), maxlag=28)) is TestStatus.OK


def test_a_spread_that_never_moves_in_the_sample_has_no_number() -> None:
    y = np.zeros(100)
    y[1:] = 1.0
    x = np.zeros(100)
    x[2:] = 1.0
    found = engle_granger_scan(np.column_stack([y, x]), autolag=Autolag.NONE)
    assert {status(found, 0), status(found, 1)} == {TestStatus.NONFINITE}
    assert np.isnan(found.p_value).all()


@pytest.mark.parametrize("trend", list(Trend))
@pytest.mark.parametrize("factor", [1e-200, 1e-170, 1e-8, 1e150])
def test_units_do_not_matter(trend: Trend, factor: float) -> None:
    series = walks(400, 2)
    plain, scaled = pair(series[:, 0], series[:, 1], trend), pair(series[:, 0] * factor, series[:, 1], trend)
    np.testing.assert_allclose(scaled.statistic, plain.statistic, rtol=0, atol=1e-9)
    np.testing.assert_allclose(scaled.half_life, plain.half_life, rtol=1e-7)
    np.testing.assert_allclose(scaled.hedge_ratio[0], plain.hedge_ratio[0] * factor, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    exponents=st.tuples(st.integers(-300, 300), st.integers(-300, 300)),
    trend=st.sampled_from(list(Trend)),
    autolag=st.sampled_from(list(Autolag)),
)
def test_powers_of_two_do_not_change_a_bit(
    seed: int, exponents: tuple[int, int], trend: Trend, autolag: Autolag
) -> None:
    series = walks(90, 2, seed)
    plain = engle_granger_scan(series, trend=trend, autolag=autolag)
    scaled = engle_granger_scan(np.ldexp(series, exponents), trend=trend, autolag=autolag)
    np.testing.assert_array_equal(scaled.statistic, plain.statistic)
    np.testing.assert_array_equal(scaled.lags, plain.lags)
    np.testing.assert_array_equal(scaled.half_life, plain.half_life)


@pytest.mark.parametrize(("offset", "tolerance"), [(1e3, 1e-9), (1e6, 1e-8), (1e9, 1e-4)])
def test_a_constant_added_to_a_leg_does_not_matter_with_an_intercept(offset: float, tolerance: float) -> None:
    series = walks(400, 2, seed=3)
    plain, moved = pair(series[:, 0], series[:, 1]), pair(series[:, 0] + offset, series[:, 1])
    np.testing.assert_allclose(moved.statistic, plain.statistic, rtol=0, atol=tolerance)


def test_a_pair_has_the_same_bits_in_any_company_and_order() -> None:
    series = walks(500, 6)
    series[:40, 2] = np.nan
    everybody = engle_granger_scan(series)
    order = [5, 2, 0, 4, 1, 3]
    shuffled = engle_granger_scan(series[:, order])
    known = {(int(y), int(x)): k for k, (y, x) in enumerate(zip(everybody.y, everybody.x, strict=True))}
    for k in range(len(shuffled)):
        other = known[(order[shuffled.y[k]], order[shuffled.x[k]])]
        for name in ("statistic", "p_value", "hedge_ratio", "intercept", "half_life", "r_squared"):
            assert getattr(shuffled, name)[k] == getattr(everybody, name)[other]


def test_chosen_pairs_are_tested_in_the_order_given() -> None:
    series = walks(200, 4)
    found = engle_granger_scan(series, pairs=[(3, 1), (0, 2)])
    assert found.y.tolist() == [3, 1, 0, 2]
    assert found.x.tolist() == [1, 3, 2, 0]
    with pytest.raises(InvalidInput, match="two different positions"):
        engle_granger_scan(series, pairs=[(1, 1)])
    with pytest.raises(InvalidInput, match=r"positions in 0\.\.3"):
        engle_granger_scan(series, pairs=[(0, 4)])


def test_input_is_checked_and_left_alone() -> None:
    series = walks(100, 2)
    before = series.copy()
    engle_granger_scan(series)
    np.testing.assert_array_equal(series, before)
    with pytest.raises(InsufficientData, match="50 sessions, need 60"):
        engle_granger_scan(series[:50])
    with pytest.raises(InvalidInput, match="sessions x series"):
        engle_granger_scan(series[:, 0])


@pytest.mark.parametrize("threads", [1, 2])
def test_an_exception_in_progress_stops_the_scan_early(threads: int) -> None:
    seen = []

    def stop_at_second(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engle_granger_scan(walks(2_000, 60), progress=stop_at_second, threads=threads)
    assert len(seen) == 2


@pytest.mark.parametrize("trend", [Trend.CONSTANT, Trend.CONSTANT_TREND])
def test_five_percent_means_five_percent_on_independent_random_walks(trend: Trend) -> None:
    n_pairs = 2_500
    series = np.random.default_rng(2024).standard_normal((1_000, 2 * n_pairs)).cumsum(axis=0)
    found = engle_granger_scan(series, trend=trend, pairs=[(2 * k, 2 * k + 1) for k in range(n_pairs)])
    one_direction = found.p_value[0::2]
    assert 0.03 < (one_direction < 0.05).mean() < 0.07
    assert 0.004 < (one_direction < 0.01).mean() < 0.02
    better_direction = np.minimum(found.p_value[0::2], found.p_value[1::2])
    assert (better_direction < 0.05).mean() > (one_direction < 0.05).mean()
    assert (found.p_value_two_directions[0::2] < 0.05).mean() < 0.06
