"""One combination is picked by training scores, the same one every time."""

from __future__ import annotations

import numpy as np
import pytest

from titan_research.errors import InvalidInput
from titan_research.types import SelectionRule
from titan_research.walkforward.selection import choose, plateau_scores

SHAPE = (3, 4)


def test_plateau_is_the_mean_over_the_neighbours_that_exist():
    scores = np.random.default_rng(1).standard_normal((4, 3, 2))

    smooth = plateau_scores(scores)

    for cell in np.ndindex(scores.shape):
        box = tuple(slice(max(0, k - 1), k + 2) for k in cell)
        assert smooth[cell] == pytest.approx(scores[box].mean(), rel=1e-12)


def test_plateau_leaves_missing_scores_out_and_missing():
    scores = np.array([1.0, np.nan, 3.0, 5.0])

    np.testing.assert_allclose(plateau_scores(scores), [1.0, np.nan, 4.0, 4.0])


def test_peak_takes_the_best_score():
    scores = np.arange(12.0)
    scores[5] = 100.0

    assert choose(scores, SelectionRule.PEAK, shape=SHAPE, fixed=0) == 5


def test_plateau_prefers_a_broad_hill_to_a_lonely_spike():
    scores = np.zeros(SHAPE)
    scores[0, 0] = 5.0
    scores[1:, 2:] = 4.0

    assert choose(scores.ravel(), SelectionRule.PEAK, shape=SHAPE, fixed=0) == 0
    assert choose(scores.ravel(), SelectionRule.PLATEAU, shape=SHAPE, fixed=0) == 11


def test_fixed_ignores_the_scores_and_may_be_outside_the_grid():
    scores = np.append(np.arange(12.0), -9.0)

    assert choose(scores, SelectionRule.FIXED, shape=SHAPE, fixed=12) == 12
    assert choose(scores, SelectionRule.PEAK, shape=SHAPE, fixed=12) == 11


@pytest.mark.parametrize("rule", [SelectionRule.PEAK, SelectionRule.PLATEAU])
def test_ties_go_to_the_first_row_and_missing_scores_lose(rule):
    assert choose(np.zeros(12), rule, shape=SHAPE, fixed=0) == 0
    scores = np.full(12, np.nan)
    assert choose(scores, rule, shape=SHAPE, fixed=0) == 0
    scores[7] = -3.0
    assert choose(scores, rule, shape=SHAPE, fixed=0) == 7


def test_a_grid_of_the_wrong_size_is_refused():
    with pytest.raises(InvalidInput, match="at least 12 scores"):
        choose(np.zeros(11), SelectionRule.PEAK, shape=SHAPE, fixed=0)
