"""Rolling hedge ratio, spread and z-score: right numbers, no future, no numbers where there are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_research.causality import certify
from titan_research.errors import InvalidInput, InvalidParameters
from titan_research.pairs.hedge import rolling_ols
from titan_research.pairs.spread import fixed_spread, rolling_spread
from titan_research.panel import Panel

Floats = npt.NDArray[np.float64]


def legs(n: int, seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    x = 4.0 + 0.01 * rng.standard_normal(n).cumsum()
    return 0.5 + 1.3 * x + 0.02 * rng.standard_normal(n), x


def test_zscore_remakes_the_whole_window_with_todays_coefficients(five_years: Panel) -> None:
    y, x = np.log(five_years.column("KO")), np.log(five_years.column("PEP"))
    found = rolling_spread(y, x, 100, 40)
    for t in (99, 100, 500, len(y) - 1):
        slope, constant = np.polyfit(x[t - 99 : t + 1], y[t - 99 : t + 1], 1)
        window = (y - slope * x - constant)[t - 39 : t + 1]
        assert found.hedge_ratio[t] == pytest.approx(slope, rel=1e-9)
        assert found.intercept[t] == pytest.approx(constant, rel=1e-9)
        assert found.spread[t] == pytest.approx(window[-1], abs=1e-12)
        assert found.zscore[t] == pytest.approx((window[-1] - window.mean()) / window.std(ddof=1), rel=1e-9)
    mixed = found.spread[460:500]
    assert found.zscore[499] != pytest.approx((mixed[-1] - mixed.mean()) / mixed.std(ddof=1), rel=1e-3)


def test_nothing_is_known_before_both_windows_are_full() -> None:
    y, x = legs(300)
    found = rolling_spread(y, x, 50, 80)
    assert np.isnan(found.hedge_ratio[:49]).all()
    assert np.isfinite(found.hedge_ratio[49:]).all()
    assert np.isnan(found.zscore[:79]).all()
    assert np.isfinite(found.zscore[79:]).all()


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_a_gap_in_either_leg_silences_every_window_that_holds_it(gap: float) -> None:
    for leg in (0, 1):
        pair = [series.copy() for series in legs(400)]
        pair[leg][200] = gap
        found = rolling_spread(pair[0], pair[1], 50, 20)
        assert np.isnan(found.hedge_ratio[200:250]).all()
        assert np.isnan(found.zscore[200:250]).all()
        assert np.isfinite(found.zscore[250:]).all()
        fixed = fixed_spread(pair[0], pair[1], 1.3, 0.5, 20)
        assert np.isnan(fixed.zscore[200:220]).all()
        assert np.isfinite(fixed.zscore[220:]).all()
        assert not np.isfinite(fixed.spread[200])


@pytest.mark.parametrize("level", [0.1, 3.0, 1e5 / 3])
def test_a_halted_leg_has_no_hedge_ratio_and_a_flat_spread_no_zscore(level: float) -> None:
    y, x = legs(300)
    x[100:200] = level
    found = rolling_spread(y, x, 50, 20)
    assert np.isnan(found.hedge_ratio[149:200]).all()
    assert np.isnan(found.zscore[149:200]).all()
    x = legs(300)[1]
    assert np.isnan(rolling_spread(np.full(300, level), x, 50, 20).zscore).all()
    assert np.isnan(rolling_spread(0.7 + 1.1 * x, x, 50, 20).zscore).all()
    assert np.isnan(fixed_spread(2.0 * x, x, 2.0, 0.0, 20).zscore).all()


def test_large_levels_cost_no_digits() -> None:
    y, x = legs(300)
    y, x = np.round(y * 2**20) / 2**20, np.round(x * 2**20) / 2**20
    plain, moved = rolling_spread(y, x, 50, 20), rolling_spread(y + 2.0**17, x + 2.0**17, 50, 20)
    np.testing.assert_allclose(moved.hedge_ratio, plain.hedge_ratio, rtol=1e-10)
    np.testing.assert_allclose(moved.zscore, plain.zscore, rtol=1e-8, atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    cut=st.integers(1, 149),
    hedge_window=st.integers(3, 60),
    zscore_window=st.integers(2, 60),
    garbage=st.sampled_from([np.nan, np.inf, 0.0, 1e300, -7.0]),
)
def test_no_bit_depends_on_the_future(
    seed: int, cut: int, hedge_window: int, zscore_window: int, garbage: float
) -> None:
    y, x = legs(150, seed)
    y[np.random.default_rng(seed).integers(0, 150)] = np.nan
    full = rolling_spread(y, x, hedge_window, zscore_window)
    fixed = fixed_spread(y, x, 1.3, 0.5, zscore_window)
    shorter = rolling_spread(y[:cut], x[:cut], hedge_window, zscore_window)
    y[cut:], x[cut:] = garbage, garbage
    with np.errstate(all="ignore"):
        tampered = rolling_spread(y, x, hedge_window, zscore_window)
        tampered_fixed = fixed_spread(y, x, 1.3, 0.5, zscore_window)
    for expected, cut_off, garbled in zip(full, shorter, tampered, strict=True):
        np.testing.assert_array_equal(cut_off, expected[:cut])
        np.testing.assert_array_equal(garbled[:cut], expected[:cut])
    for expected, garbled in zip(fixed, tampered_fixed, strict=True):
        np.testing.assert_array_equal(garbled[:cut], expected[:cut])


@pytest.mark.parametrize("function", [rolling_ols, rolling_spread, fixed_spread])
def test_rolling_functions_are_registered_and_certified(function: Callable[..., object]) -> None:
    certificate = certify(function)
    assert certificate.passed, certificate.failures().to_string()


def test_fixed_spread_is_the_line_given(five_years: Panel) -> None:
    y, x = np.log(five_years.column("KO")), np.log(five_years.column("PEP"))
    found = fixed_spread(y, x, 0.8, 0.1, 60)
    np.testing.assert_array_equal(found.spread, y - 0.8 * x - 0.1)
    assert (found.hedge_ratio == 0.8).all()
    assert (found.intercept == 0.1).all()
    window = found.spread[441:501]
    assert found.zscore[500] == pytest.approx((window[-1] - window.mean()) / window.std(ddof=1), rel=1e-10)


def test_what_makes_no_sense_is_refused() -> None:
    y, x = legs(100)
    with pytest.raises(InvalidParameters, match="window >= 3"):
        rolling_spread(y, x, 2, 20)
    with pytest.raises(InvalidParameters, match="zscore_window >= 2"):
        rolling_spread(y, x, 20, 1)
    with pytest.raises(InvalidInput, match="one length"):
        rolling_spread(y, x[1:], 20, 20)
    with pytest.raises(InvalidParameters, match="finite coefficients"):
        fixed_spread(y, x, np.nan, 0.0, 20)
