"""Train and test windows over rows: the only split code of TITAN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from titan_research.errors import InvalidParameters

__all__ = ["Window", "windows"]


class Window(NamedTuple):
    """Two slices of rows: what is learned from, and what is traded afterwards."""

    train: slice
    test: slice


def windows(n_obs: int, *, train: int, test: int, purge: int = 0, anchored: bool = False) -> Iterator[Window]:
    """Yield windows whose tests follow each other without gap or overlap.

    Parameters
    ----------
    n_obs : rows there are
    train, test : rows of each training and test slice
    purge : rows left out between the end of training and the start of its test
    anchored : training always starts at row 0 and grows

    Yields
    ------
    Window. The last test is shorter when fewer than ``test`` rows are left; a rest below ``test // 4`` rows
    (but at least one) is dropped. No window at all when n_obs < train + purge + that
    minimum. To count, iterate.

    Notes
    -----
    Timing: every training row is at least ``purge + 1`` rows before the first row of its test.
    """
    if train < 1 or test < 1 or purge < 0 or n_obs < 0:
        raise InvalidParameters(
            f"windows: need train >= 1, test >= 1, purge >= 0 and n_obs >= 0 rows; received train={train}, "
            f"test={test}, purge={purge}, n_obs={n_obs}"
        )
    start = train + purge
    while n_obs - start >= max(1, test // 4):
        stop = start - purge
        yield Window(train=slice(0 if anchored else stop - train, stop), test=slice(start, min(start + test, n_obs)))
        start += test
