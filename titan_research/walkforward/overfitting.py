"""Is the best of many trials more than luck? Reality check, probability of overfitting, minimum length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.results import FrameResult, Result

__all__ = [
    "OverfittingResult",
    "RealityCheckResult",
    "minimum_backtest_length",
    "probability_of_backtest_overfitting",
    "reality_check",
]

Floats = npt.NDArray[np.float64]

_SPLITS_A_CHUNK = 256
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RealityCheckResult(Result):
    """``statistic`` is the largest t-ratio of the mean over all trials; ``p_value`` its place under luck."""

    title: ClassVar[str] = "Reality check"

    statistic: float
    p_value: float
    best: int
    n_trials: int
    n_obs: int
    block: int
    n_resamples: int
    null_hypothesis: str


@dataclass(frozen=True, kw_only=True, eq=False)
class OverfittingResult(FrameResult):
    """Does choosing the best of these trials help out of sample? It does not say whether there is an edge.

    ``pbo`` is the share of splits whose in-sample winner is in the worse half out of sample (0.5 for noise;
    its standard deviation on one data set is about 0.2, so never gate on it alone). ``probability_of_loss``
    is the share of splits whose winner has a negative Sharpe ratio out of sample. ``logits``: one a split.
    """

    title: ClassVar[str] = "Probability of backtest overfitting"

    pbo: float
    probability_of_loss: float
    n_trials: int
    n_obs: int
    n_blocks: int
    n_splits: int
    logits: pd.Series

    def to_frame(self) -> pd.DataFrame:
        return self.logits.to_frame()


def _block_edges(n_obs: int, n_blocks: int) -> npt.NDArray[np.int64]:
    return np.linspace(0, n_obs, n_blocks + 1).round().astype(np.int64)


def _checked(returns: npt.ArrayLike, needed: int) -> Floats:
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] < 1:
        raise InvalidInput(f"expected returns of shape (sessions, trials), received {values.shape}")
    if not np.isfinite(values).all():
        raise InvalidInput("expected finite returns, received NaN or infinity; a session without a trade is 0")
    if len(values) < needed:
        raise InsufficientData(f"expected at least {needed} sessions, received {len(values)}", n_obs=len(values))
    return values


def reality_check(
    returns: npt.ArrayLike, *, block: int = 21, n_resamples: int = 1_000, seed: int = 0
) -> RealityCheckResult:
    """Test that the best of all trials is no better than chance, by a block bootstrap of the largest t-ratio.

    Parameters
    ----------
    returns : array (sessions, trials), returns or P&L of every trial that was looked at, 0 where idle
    block : sessions in a block; blocks are drawn whole, so dependence inside them is kept
    n_resamples : of the bootstrap; the smallest p-value is 1 / (n_resamples + 1)
    seed : of the bootstrap

    Returns
    -------
    RealityCheckResult; ``best`` is the column of the best trial

    Notes
    -----
    T_j = sqrt(T) mean_j / sd_j; T*_j re-weights the centred block sums with multinomial counts W,
    (W (s - mean s))_j / (sqrt(T) sd_j); p = (1 + #{max T* >= max T}) / (n_resamples + 1).
    Timing: hindsight over the sample given. Missing: refused. A trial that never traded has T_j = 0.
    White (2000), Econometrica 68, in the studentised form of Hansen (2005). On pure noise it rejects 2 to 7 %
    at a nominal 5 %.
    """
    if block < 1 or n_resamples < 1:
        raise InvalidInput(f"need block >= 1 and n_resamples >= 1; received block={block}, n_resamples={n_resamples}")
    values = _checked(returns, 4 * block)
    n_obs, n_trials = values.shape
    edges = _block_edges(n_obs, n_obs // block)
    sums = np.add.reduceat(values, edges[:-1], axis=0)
    deviation = values.std(axis=0, ddof=0)
    traded = deviation > _ROUNDING * np.abs(values).max(initial=0.0)
    scale = np.where(traded, 1.0 / np.where(traded, deviation, 1.0), 0.0) / math.sqrt(n_obs)
    statistics = values.sum(axis=0) * scale
    n_blocks = len(sums)
    weights = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1.0 / n_blocks), size=n_resamples)
    expected = np.diff(edges)[:, None] * values.mean(axis=0)
    resampled = (weights.astype(np.float64) @ ((sums - expected) * scale)).max(axis=1)
    best = int(np.argmax(statistics))
    exceeded = int((resampled >= statistics[best]).sum())
    return RealityCheckResult(
        statistic=float(statistics[best]),
        p_value=(1 + exceeded) / (n_resamples + 1),
        best=best,
        n_trials=n_trials,
        n_obs=n_obs,
        block=block,
        n_resamples=n_resamples,
        null_hypothesis="no trial has a mean above zero",
    )


def probability_of_backtest_overfitting(returns: npt.ArrayLike, *, n_blocks: int = 16) -> OverfittingResult:
    """Combinatorially symmetric cross-validation: how the winner of one half of the time does in the other.

    Parameters
    ----------
    returns : array (sessions, trials)
    n_blocks : even number S of contiguous blocks; all C(S, S/2) halves are tried (12,870 for 16)

    Returns
    -------
    OverfittingResult

    Notes
    -----
    For every split: n* = best Sharpe ratio in sample, w = rank of n* out of sample / (N + 1) (average ranks),
    logit = ln(w / (1 - w)), PBO = share of logits <= 0. Bailey, Borwein, Lopez de Prado, Zhu (2015).
    Timing: hindsight by design (it trains on later blocks too). Missing: refused.
    """
    if n_blocks < 2 or n_blocks % 2:
        raise InvalidInput(f"need an even n_blocks >= 2; received {n_blocks}")
    values = _checked(returns, 2 * n_blocks)
    n_obs, n_trials = values.shape
    if n_trials < 2:
        raise InvalidInput(f"overfitting is about a choice: need at least 2 trials; received {n_trials}")
    edges = _block_edges(n_obs, n_blocks)
    counts = np.diff(edges).astype(np.float64)
    first = np.add.reduceat(values, edges[:-1], axis=0)
    second = np.add.reduceat(values**2, edges[:-1], axis=0)
    halves = list(combinations(range(n_blocks), n_blocks // 2))
    members = np.zeros((len(halves), n_blocks))
    members[np.arange(len(halves))[:, None], np.array(halves)] = 1.0
    logits, losses = np.empty(len(halves)), 0
    for start in range(0, len(halves), _SPLITS_A_CHUNK):
        chosen = members[start : start + _SPLITS_A_CHUNK]
        rest = 1.0 - chosen
        inside = _sharpe_ratios(chosen @ counts, chosen @ first, chosen @ second)
        outside = _sharpe_ratios(rest @ counts, rest @ first, rest @ second)
        winner = outside[np.arange(len(chosen)), inside.argmax(axis=1)][:, None]
        rank = (outside < winner).sum(axis=1) + (1 + (outside == winner).sum(axis=1)) / 2
        logits[start : start + len(chosen)] = np.log(rank / (n_trials + 1 - rank))
        losses += int((winner < 0).sum())
    return OverfittingResult(
        pbo=float((logits <= 0).mean()),
        probability_of_loss=losses / len(halves),
        n_trials=n_trials,
        n_obs=n_obs,
        n_blocks=n_blocks,
        n_splits=len(halves),
        logits=pd.Series(logits, name="logit"),
    )


def _sharpe_ratios(count: Floats, first: Floats, second: Floats) -> Floats:
    """Sharpe ratios a period (splits, trials) from block sums; 0 where nothing was traded."""
    mean = first / count[:, None]
    square = second / count[:, None]
    variance = square - mean**2
    moved = variance > _ROUNDING * square
    return np.where(moved, mean / np.sqrt(np.where(moved, variance, 1.0)), 0.0)


def minimum_backtest_length(n_trials: int, *, sharpe_ratio: float = 1.0) -> float:
    """Years of data below which the best of ``n_trials`` without skill should reach this Sharpe ratio.

    Parameters
    ----------
    n_trials : independent trials; at least 2
    sharpe_ratio : annualised, above 0

    Returns
    -------
    Years: (expected maximum of n_trials standard normals / sharpe_ratio)^2. Bailey, Borwein, Lopez de Prado,
    Zhu (2014), Notices of the AMS 61(5).
    """
    from titan_research.backtest.metrics import expected_maximum_sharpe

    if n_trials < 2 or not sharpe_ratio > 0:
        raise InvalidInput(f"need n_trials >= 2 and sharpe_ratio > 0; received {n_trials}, {sharpe_ratio}")
    return float((expected_maximum_sharpe(n_trials) / sharpe_ratio) ** 2)
