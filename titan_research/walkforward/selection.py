"""Pick one combination of a parameter grid by its training scores alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from titan_research.errors import InvalidInput
from titan_research.types import SelectionRule

__all__ = ["choose", "plateau_scores"]

Floats = npt.NDArray[np.float64]


def plateau_scores(scores: Floats) -> Floats:
    """Average every score with its neighbours in the grid: one step on each axis, diagonals too (3^d cells).

    Parameters
    ----------
    scores : float array of any dimension, one axis a parameter, values in the order of the grid

    Returns
    -------
    float array of the same shape. Cells at an edge average the neighbours that exist.

    Notes
    -----
    Timing: none of its own; the scores decide what it knows.
    Missing: NaN neighbours are left out; a cell without any finite score is NaN, and a NaN cell stays NaN.
    """
    finite = np.isfinite(scores)
    total, count = np.where(finite, scores, 0.0), finite.astype(np.float64)
    for axis in range(scores.ndim):
        total, count = _three_in_a_row(total, axis), _three_in_a_row(count, axis)
    return np.where(finite, total / np.maximum(count, 1.0), np.nan)


def _three_in_a_row(values: Floats, axis: int) -> Floats:
    width = [(1, 1) if dimension == axis else (0, 0) for dimension in range(values.ndim)]
    padded = np.moveaxis(np.pad(values, width), axis, 0)
    return np.moveaxis(padded[:-2] + padded[1:-1] + padded[2:], 0, axis)


def choose(scores: Floats, rule: SelectionRule, *, shape: tuple[int, ...], fixed: int) -> int:
    """Return the row of the chosen combination.

    Parameters
    ----------
    scores : float array (combinations,), the training score of each, in C order of the grid ``shape``; rows
        beyond the grid are baselines that are never chosen by ``peak`` or ``plateau``
    rule : ``peak`` takes the best score, ``plateau`` the best mean over neighbours, ``fixed`` the given row
    shape : grid points per parameter
    fixed : row of the combination that ``fixed`` returns

    Notes
    -----
    Timing: uses the training scores only. Missing: a NaN score is never chosen unless all are NaN.
    Ties go to the first row, so that the same scores always give the same choice.
    """
    size = int(np.prod(shape))
    if len(scores) < size or not 0 <= fixed < len(scores):
        raise InvalidInput(
            f"expected at least {size} scores for a grid of {shape} and a fixed row among them; "
            f"received {len(scores)} scores and row {fixed}"
        )
    if rule is SelectionRule.FIXED:
        return fixed
    grid = np.asarray(scores[:size], dtype=np.float64).reshape(shape)
    ranked = plateau_scores(grid) if rule is SelectionRule.PLATEAU else grid
    return int(np.argmax(np.where(np.isfinite(ranked), ranked, -np.inf)))
