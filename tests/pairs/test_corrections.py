"""Corrections: NaN is no test, order does not matter, and pure chance leaves nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_research.errors import InvalidInput
from titan_research.pairs.multiple_testing import (
    benjamini_hochberg,
    benjamini_yekutieli,
    expected_false_count,
    holm,
    storey,
    two_directions,
)

CORRECTIONS = [benjamini_yekutieli, benjamini_hochberg, holm, storey]


@pytest.mark.parametrize("correct", CORRECTIONS)
def test_nan_passes_through_and_is_not_counted(correct: object) -> None:
    assert callable(correct)
    p = np.array([0.01, np.nan, 0.2, 0.03, np.nan])
    adjusted = correct(p)
    assert np.isnan(adjusted).tolist() == [False, True, False, False, True]
    np.testing.assert_array_equal(adjusted[[0, 2, 3]], correct(p[[0, 2, 3]]))
    assert np.isnan(correct(np.array([np.nan, np.nan]))).all()
    assert len(correct(np.array([]))) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.randoms())
def test_adjusting_keeps_order_never_shrinks_and_ignores_position(values: list[float], random: object) -> None:
    p = np.array(values)
    order = np.random.default_rng(len(values)).permutation(len(p))
    for correct in (benjamini_yekutieli, benjamini_hochberg, holm):
        adjusted = correct(p)
        assert (adjusted >= p - 1e-15).all()
        assert (adjusted <= 1.0).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0.0).all()
        np.testing.assert_array_equal(correct(p[order]), adjusted[order])
    assert (benjamini_yekutieli(p) >= benjamini_hochberg(p)).all()


def test_storey_is_benjamini_hochberg_times_the_share_of_true_nulls() -> None:
    p = np.array([0.001, 0.002, 0.01, 0.02, 0.03, 0.1, 0.2, 0.3, 0.6, 0.9])
    share = (1 + 2) / (10 * 0.5)
    np.testing.assert_allclose(storey(p), np.minimum(benjamini_hochberg(p) * share, 1.0), rtol=1e-12)
    with pytest.raises(InvalidInput, match="0 < tuning < 1"):
        storey(p, tuning=1.0)


def test_two_directions_doubles_the_smaller_and_needs_both() -> None:
    found = two_directions([0.01, 0.9, np.nan, 0.2], [0.03, 0.8, 0.01, np.nan])
    np.testing.assert_array_equal(found, [0.02, 1.0, np.nan, np.nan])


def test_expected_false_count_is_tests_times_alpha() -> None:
    assert expected_false_count(9_900, 0.05) == pytest.approx(495.0)


def test_p_values_outside_zero_and_one_are_refused() -> None:
    for correct in CORRECTIONS:
        with pytest.raises(InvalidInput, match="from 0 to 1"):
            correct([0.5, 1.5])
        with pytest.raises(InvalidInput, match="one dimension"):
            correct([[0.5]])


def test_yekutieli_keeps_the_error_rate_on_a_hundred_panels_of_uniform_noise() -> None:
    rng = np.random.default_rng(10)
    panels = [benjamini_yekutieli(rng.random(400)).min() <= 0.05 for _ in range(400)]
    assert np.mean(panels) < 0.03
