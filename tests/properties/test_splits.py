"""Properties of the only split code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, integers

from titan_research.errors import InvalidParameters
from titan_research.walkforward.splits import windows

LENGTHS = {
    "n_obs": integers(0, 600),
    "train": integers(1, 120),
    "test": integers(1, 60),
    "purge": integers(0, 30),
}


@given(**LENGTHS, anchored=booleans())
def test_training_ends_a_purge_before_testing_begins(n_obs, train, test, purge, anchored):
    for window in windows(n_obs, train=train, test=test, purge=purge, anchored=anchored):
        assert window.test.start - window.train.stop == purge


@given(**LENGTHS)
def test_rolling_training_has_its_length_and_stays_inside_the_data(n_obs, train, test, purge):
    for window in windows(n_obs, train=train, test=test, purge=purge):
        assert window.train.stop - window.train.start == train
        assert 0 <= window.train.start < window.train.stop < window.test.stop <= n_obs


@given(**LENGTHS)
def test_anchored_training_starts_at_the_first_row_and_grows_by_one_test(n_obs, train, test, purge):
    found = list(windows(n_obs, train=train, test=test, purge=purge, anchored=True))
    assert [window.train.start for window in found] == [0] * len(found)
    assert [window.train.stop for window in found] == [train + fold * test for fold in range(len(found))]


@given(**LENGTHS, anchored=booleans())
def test_tests_cover_the_rows_after_the_first_training_once_each(n_obs, train, test, purge, anchored):
    found = list(windows(n_obs, train=train, test=test, purge=purge, anchored=anchored))
    rows = [row for window in found for row in range(n_obs)[window.test]]
    assert rows == list(range(train + purge, train + purge + len(rows)))
    dropped = max(0, n_obs - train - purge) - len(rows)
    assert 0 <= dropped < max(1, test // 4)


@given(**LENGTHS)
def test_only_the_last_test_may_be_short_and_never_below_a_quarter(n_obs, train, test, purge):
    lengths = [window.test.stop - window.test.start for window in windows(n_obs, train=train, test=test, purge=purge)]
    assert all(length == test for length in lengths[:-1])
    assert all(length >= max(1, test // 4) for length in lengths[-1:])


@pytest.mark.parametrize("wrong", [{"train": 0}, {"test": 0}, {"purge": -1}])
def test_impossible_lengths_are_refused(wrong):
    with pytest.raises(InvalidParameters, match="received"):
        list(windows(100, **({"train": 10, "test": 5} | wrong)))
