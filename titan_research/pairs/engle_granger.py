"""Engle-Granger cointegration tests of every ordered pair of a block of series."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.pairs._mackinnon import critical_values, p_values
from titan_research.types import Autolag, TestStatus, Trend

__all__ = ["STATUSES", "PairStatistics", "critical_values", "default_maxlag", "engle_granger_scan"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]

STATUSES = (TestStatus.OK, TestStatus.COLLINEAR, TestStatus.CONSTANT, TestStatus.SHORT, TestStatus.NONFINITE)
"""Meaning of the codes in ``PairStatistics.status``."""

_TERMS = {Trend.NONE: 0, Trend.CONSTANT: 1, Trend.CONSTANT_TREND: 2}
_RULES = {Autolag.AIC: 0, Autolag.BIC: 1, Autolag.T_STAT: 2, Autolag.NONE: 3}
_SESSIONS_PER_BLOCK = 500_000


@dataclass(frozen=True, eq=False, kw_only=True)
class PairStatistics:
    """One entry per ordered test; entries 2k and 2k + 1 are the two directions of one pair.

    Attributes
    ----------
    y, x : positions of the dependent and the independent series
    statistic, p_value : NaN where there is no test; -inf and 0 for collinear pairs, as statsmodels has it
    lags : lagged differences in the residual's regression
    r_squared, hedge_ratio, intercept : of the cointegrating regression; with trend "ct" the intercept is the
        constant of a regression whose time runs 1, 2, ..., n_obs
    half_life : bars, -ln 2 / ln(1 + lam) of du = a + lam u[-1]; NaN unless -1 < lam < 0
    n_obs : common bars of the pair
    status : codes, see ``STATUSES``
    """

    y: Integers
    x: Integers
    statistic: Floats
    p_value: Floats
    lags: Integers
    r_squared: Floats
    hedge_ratio: Floats
    intercept: Floats
    half_life: Floats
    n_obs: Integers
    status: Integers

    def __len__(self) -> int:
        return len(self.y)

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Tests that count: neither collinear nor constant, short or broken."""
        return self.status == 0

    @property
    def p_value_two_directions(self) -> Floats:
        """min(1, 2 min(p of y on x, p of x on y)) for both entries of a pair."""
        from titan_research.pairs.multiple_testing import two_directions

        forward, reverse = self.p_value[0::2], self.p_value[1::2]
        return np.repeat(two_directions(forward, reverse), 2)


def default_maxlag(n_obs: int) -> int:
    """Largest lag tried when none is given: Schwert's rule, at most half of the sample."""
    return int(_schwert(np.array([n_obs]))[0])


def _schwert(n_obs: Integers) -> Integers:
    return np.minimum(n_obs // 2 - 1, np.ceil(12.0 * (n_obs / 100.0) ** 0.25).astype(np.int64))


def engle_granger_scan(
    values: npt.ArrayLike,
    *,
    trend: Trend = Trend.CONSTANT,
    autolag: Autolag = Autolag.AIC,
    maxlag: int | None = None,
    min_obs: int = 60,
    pairs: Iterable[tuple[int, int]] | None = None,
    progress: Progress | None = None,
    threads: int = 1,
) -> PairStatistics:
    """Test every ordered pair of series for cointegration; the null hypothesis is "no cointegration".

    Parameters
    ----------
    values : array (sessions x series), logs or prices; NaN = no bar
    trend : deterministic terms of the cointegrating regression
    autolag, maxlag : choice of the lagged differences, as in statsmodels ``coint`` (``Autolag.NONE`` uses
        ``maxlag``)
    min_obs : common bars below which a pair is ``short``
    pairs : unordered pairs of positions, by default all
    progress : called with (tests done, tests in all) between blocks of tests; raising from it cancels the
        scan
    threads : blocks computed at the same time; the numbers do not depend on it

    Returns
    -------
    PairStatistics with two entries a pair

    Notes
    -----
    Timing: hindsight, every number uses the whole block.
    Missing: a pair is tested on the sessions that both series have, glued; equal to ``coint`` of the pair
    without its NaN rows. An infinity makes every pair of its series ``nonfinite``, never "perfectly
    cointegrated".
    Source: Engle and Granger (1987); numbers equal to statsmodels ``coint`` within 1e-8.
    """
    from titan_research.pairs import _engle_granger_kernel as kernel

    block = np.asarray(values, dtype=np.float64)
    if block.ndim != 2:
        raise InvalidInput(f"expected an array of sessions x series, received {block.ndim} dimensions")
    rows = np.ascontiguousarray(block.T)
    n_series, n_sessions = rows.shape
    if n_sessions < min_obs:
        raise InsufficientData(
            f"{n_sessions} sessions, need {min_obs}; widen the range or lower min_obs", n_obs=n_sessions
        )
    first, second = _positions(n_series, pairs)
    terms, limits = _TERMS[Trend(trend)], _lag_limits(n_sessions, maxlag)
    units, facts = np.zeros((n_series, n_sessions)), np.zeros((n_series, 4))
    lengths, statuses = np.zeros(n_series, np.int64), np.zeros(n_series, np.int64)
    kernel.prepare_symbols(rows, terms, units, facts, lengths, statuses)
    prepared = (rows, _mask_ids(rows), units, facts, lengths, statuses)
    numbers, counts = np.empty((2 * len(first), 5)), np.empty((2 * len(first), 3), np.int64)

    def run(part: slice) -> int:
        both = slice(2 * part.start, 2 * part.stop)
        kernel.run_pairs(
            *prepared, first[part], second[part], terms, _RULES[Autolag(autolag)], limits, min_obs,
            numbers[both], counts[both],
        )  # fmt: skip
        return 2 * (part.stop - part.start)

    done = 0
    for size in _run_blocks(run, _blocks(len(first), n_sessions), threads):
        done += size
        if progress is not None:
            progress(done, 2 * len(first))
    statistic = np.ascontiguousarray(numbers[:, 0])
    return PairStatistics(
        y=np.column_stack([first, second]).ravel(),
        x=np.column_stack([second, first]).ravel(),
        statistic=statistic,
        p_value=p_values(statistic, Trend(trend)),
        lags=np.ascontiguousarray(counts[:, 0]),
        r_squared=np.ascontiguousarray(numbers[:, 1]),
        hedge_ratio=np.ascontiguousarray(numbers[:, 2]),
        intercept=np.ascontiguousarray(numbers[:, 3]),
        half_life=np.ascontiguousarray(numbers[:, 4]),
        n_obs=np.ascontiguousarray(counts[:, 1]),
        status=np.ascontiguousarray(counts[:, 2]),
    )


def _positions(n_series: int, pairs: Iterable[tuple[int, int]] | None) -> tuple[Integers, Integers]:
    if pairs is None:
        first, second = np.triu_indices(n_series, k=1)
        return first.astype(np.int64), second.astype(np.int64)
    chosen = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    wrong = (chosen < 0) | (chosen >= n_series)
    if wrong.any() or (chosen[:, 0] == chosen[:, 1]).any():
        raise InvalidInput(f"pairs: expected two different positions in 0..{n_series - 1}")
    return np.ascontiguousarray(chosen[:, 0]), np.ascontiguousarray(chosen[:, 1])


def _lag_limits(n_sessions: int, maxlag: int | None) -> Integers:
    """Largest lag for each number of observations; -1 where the sample is too small for it."""
    n_obs = np.arange(n_sessions + 1, dtype=np.int64)
    if maxlag is None:
        return _schwert(n_obs)
    return np.where(maxlag <= n_obs // 2 - 1, maxlag, -1)


def _mask_ids(rows: Floats) -> Integers:
    """Equal numbers for series that have bars on the same sessions."""
    packed = np.packbits(np.isnan(rows), axis=1)
    known: dict[bytes, int] = {}
    return np.array([known.setdefault(mask.tobytes(), len(known)) for mask in packed], dtype=np.int64)


def _blocks(n_pairs: int, n_sessions: int) -> list[slice]:
    size = max(8, _SESSIONS_PER_BLOCK // max(1, n_sessions))
    return [slice(start, min(start + size, n_pairs)) for start in range(0, n_pairs, size)]


def _run_blocks(run: Callable[[slice], int], blocks: list[slice], threads: int) -> Iterator[int]:
    workers = min(threads, len(blocks), os.cpu_count() or 1)
    if workers <= 1:
        yield from map(run, blocks)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="pairs") as pool:
        waiting: list[Future[Any]] = [pool.submit(run, block) for block in blocks]
        try:
            for finished in as_completed(waiting):
                yield finished.result()
        finally:
            pool.shutdown(cancel_futures=True)
