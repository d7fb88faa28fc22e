"""Fold results put end to end: one curve, its statistics, and how much of them may be luck."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest import metrics as statistics
from titan_research.backtest.ledger import Ledger, performance
from titan_research.errors import InsufficientData
from titan_research.panel import Panel
from titan_research.parameters import WalkForwardParameters
from titan_research.types import SelectionRule
from titan_research.walkforward._fold import Fold, combination_grid, sharpe_ratios
from titan_research.walkforward._verdict import verdict
from titan_research.walkforward.overfitting import probability_of_backtest_overfitting, reality_check
from titan_research.walkforward.results import WalkForwardResult

__all__ = ["stitch"]

Floats = npt.NDArray[np.float64]

_SEED = 0

_NO_CHOICES = pd.DataFrame(
    {
        "fold": pd.Series(dtype=np.int64),
        **{name: pd.Series(dtype=str) for name in ("y", "x")},
        **{name: pd.Series(dtype=float) for name in ("p_value", "q_value", "half_life")},
        "survives": pd.Series(dtype=bool),
        "zscore_window": pd.Series(dtype=np.int64),
        **{name: pd.Series(dtype=float) for name in ("entry", "exit", "stop")},
        **{name: pd.Series(dtype=float) for name in ("train_sharpe", "test_sharpe", "test_return")},
        "n_trades": pd.Series(dtype=np.int64),
        "fitted_until": pd.Series(dtype="datetime64[us, UTC]"),
    }
)


def stitch(
    panel: Panel,
    folds: Sequence[Fold],
    parameters: WalkForwardParameters,
    periods: int,
    *,
    selection_inside: bool,
) -> WalkForwardResult:
    """Chain the test windows and judge the chain."""
    capital = parameters.backtest.sizing.capital
    grid, _ = combination_grid(parameters)
    n_grid = len(grid) - 1
    sessions = panel.index[folds[0].window.test.start : folds[-1].window.test.stop].rename("session")
    trials = np.concatenate([_pooled(fold, len(grid)) for fold in folds], axis=1)
    ledger, trades = _stitched_ledger(folds)
    metrics = performance(ledger.pnl, trades, ledger, capital=capital, periods=periods)
    table = pd.DataFrame(
        [_fold_row(number, fold, panel.index, capital, periods, n_grid) for number, fold in enumerate(folds)]
    )
    choices = _choices(folds, panel.index, grid, capital, periods)
    tried = 1 if parameters.selection is SelectionRule.FIXED else n_grid
    n_trials = tried * sum(len(fold.pairs) for fold in folds)
    in_sample = _mean(table["train_sharpe"])
    out_of_sample = metrics.sharpe_ratio
    p_value, pbo = _luck(trials[:n_grid].T / capital)
    baseline = float(sharpe_ratios(trials[-1:], periods)[0])
    rank_ic = _mean(table["rank_ic"])
    sharpe = out_of_sample / math.sqrt(periods)
    deviation = _deviation(sharpe_ratios(trials[:n_grid], 1))
    track = statistics.minimum_track_record_length(sharpe, skew=metrics.skewness, kurt=metrics.kurtosis)
    return WalkForwardResult(
        parameters=parameters,
        symbols=panel.symbols,
        selection_inside=selection_inside,
        start=sessions[0],
        end=sessions[-1],
        n_obs=len(sessions),
        n_folds=len(folds),
        n_combinations=n_grid,
        n_trials=n_trials,
        metrics=metrics,
        in_sample_sharpe=in_sample,
        out_of_sample_sharpe=out_of_sample,
        walk_forward_efficiency=out_of_sample / in_sample if in_sample > 0 else math.nan,
        rank_ic=rank_ic,
        switch_rate=_switch_rate(choices),
        share_folds_positive=float((table["test_return"] > 0).mean()),
        baseline_sharpe=baseline,
        deflated_sharpe_ratio=statistics.deflated_sharpe_ratio(
            sharpe,
            n_trials=n_trials,
            deviation=deviation,
            n_obs=len(sessions),
            skew=metrics.skewness,
            kurt=metrics.kurtosis,
        ),
        reality_check_p_value=p_value,
        pbo=pbo,
        minimum_track_record_years=track / periods,
        verdict=verdict(
            in_sample=in_sample,
            out_of_sample=out_of_sample,
            baseline=baseline,
            p_value=p_value,
            error=metrics.sharpe_ratio_se,
            fixed=parameters.selection is SelectionRule.FIXED,
            selection_inside=selection_inside,
            years=len(sessions) / periods,
        ),
        panel_fingerprint=panel.fingerprint,
        equity=pd.Series(capital + np.cumsum(ledger.pnl), index=sessions, name="equity"),
        folds=table,
        choices=choices,
        surface=_surface(folds, grid, periods),
    )


def _pooled(fold: Fold, n_trials: int, *, train: bool = False) -> Floats:
    """P&L (trials, bars) of a fold, all pairs with the same combination together; zeros where no pair was found."""
    if not fold.pairs:
        return np.zeros((n_trials, 2 if train else fold.n_test))
    return np.sum([pair.train_pnl if train else pair.test_pnl for pair in fold.pairs], axis=0)


def _chosen_pnl(fold: Fold, *, train: bool) -> Floats:
    """P&L (1, bars) of the chosen sets of all pairs."""
    if not fold.pairs:
        return np.zeros((1, 2 if train else fold.n_test))
    rows = [(pair.train_pnl if train else pair.test_pnl)[pair.choice] for pair in fold.pairs]
    return np.sum(rows, axis=0)[None, :]


def _stitched_ledger(folds: Sequence[Fold]) -> tuple[Ledger, pd.DataFrame]:
    """The books of all pairs and folds as one: P&L and costs by session, shares as "is anything held"."""
    pnl, costs, held, trades = [], [], [], []
    for fold in folds:
        n = fold.n_test
        pnl.append(_chosen_pnl(fold, train=False)[0])
        costs.append(np.sum([np.zeros((n, 3)), *(pair.ledger.costs[-n:] for pair in fold.pairs)], axis=0))
        held.append(np.sum([np.zeros(n), *(pair.ledger.shares_y[-n:] != 0 for pair in fold.pairs)], axis=0))
        trades += [pair.outcomes() for pair in fold.pairs]
    turnover = sum(pair.ledger.turnover for fold in folds for pair in fold.pairs)
    total, in_market = np.concatenate(pnl), np.concatenate(held)
    ledger = Ledger(
        pnl=total,
        position=np.sign(in_market),
        shares_y=in_market,
        shares_x=in_market,
        costs=np.concatenate(costs),
        fill_y=np.full(len(total), np.nan),
        fill_x=np.full(len(total), np.nan),
        trades=np.empty((0, 0)),
        turnover=float(turnover),
    )
    empty = pd.DataFrame({"pnl": pd.Series(dtype=float), "bars": pd.Series(dtype=float)})
    return ledger, pd.concat(trades, ignore_index=True) if trades else empty


def _fold_row(
    number: int, fold: Fold, index: pd.DatetimeIndex, capital: float, periods: int, n_grid: int
) -> dict[str, object]:
    train, test = fold.window
    pnl = _chosen_pnl(fold, train=False)
    pooled = _pooled(fold, n_grid + 1)
    return {
        "fold": number,
        "train_start": index[train.start],
        "train_end": index[train.stop - 1],
        "test_start": index[test.start],
        "test_end": index[test.stop - 1],
        "n_survivors": fold.n_survivors,
        "n_pairs": len(fold.pairs),
        "train_sharpe": float(sharpe_ratios(_chosen_pnl(fold, train=True), periods)[0]),
        "test_sharpe": float(sharpe_ratios(pnl, periods)[0]),
        "test_return": float(pnl.sum() / capital),
        "baseline_sharpe": float(sharpe_ratios(pooled[-1:], periods)[0]),
        "rank_ic": _rank_correlation(
            sharpe_ratios(_pooled(fold, n_grid + 1, train=True)[:n_grid], periods),
            sharpe_ratios(pooled[:n_grid], periods),
        ),
        "n_trades": sum(pair.n_trades for pair in fold.pairs),
    }


def _choices(
    folds: Sequence[Fold], index: pd.DatetimeIndex, grid: pd.DataFrame, capital: float, periods: int
) -> pd.DataFrame:
    rows = []
    for number, fold in enumerate(folds):
        for pair in fold.pairs:
            test = pair.test_pnl[pair.choice]
            rows.append(
                {
                    "fold": number,
                    "y": pair.y,
                    "x": pair.x,
                    "p_value": pair.p_value,
                    "q_value": pair.q_value,
                    "half_life": pair.half_life,
                    "survives": pair.survives,
                    "zscore_window": int(grid["zscore_window"].iloc[pair.choice]),
                    **{name: float(grid[name].iloc[pair.choice]) for name in ("entry", "exit", "stop")},
                    "train_sharpe": float(sharpe_ratios(pair.train_pnl[[pair.choice]], periods)[0]),
                    "test_sharpe": float(sharpe_ratios(test[None, :], periods)[0]),
                    "test_return": float(test.sum() * len(fold.pairs) / capital),
                    "n_trades": pair.n_trades,
                    "fitted_until": index[fold.window.train.stop - 1],
                }
            )
    return pd.DataFrame(rows) if rows else _NO_CHOICES.copy()


def _switch_rate(choices: pd.DataFrame) -> float:
    """Of the pairs that were traded in two folds in a row, the share with another parameter set."""
    columns = ["zscore_window", "entry", "exit", "stop"]
    before = choices.assign(fold=choices["fold"] + 1)
    both = choices.merge(before, on=["fold", "y", "x"], suffixes=("", "_before"))
    if both.empty:
        return math.nan
    changed = both[columns].to_numpy() != both[[f"{name}_before" for name in columns]].to_numpy()
    return float(changed.any(axis=1).mean())


def _surface(folds: Sequence[Fold], grid: pd.DataFrame, periods: int) -> pd.DataFrame:
    count = len(grid)
    train = pd.DataFrame([sharpe_ratios(_pooled(fold, count, train=True), periods) for fold in folds])
    test = pd.DataFrame([sharpe_ratios(_pooled(fold, count), periods) for fold in folds])
    surface = grid.assign(train_sharpe=train.mean(), test_sharpe=test.mean())
    return surface.iloc[: count - 1].reset_index(drop=True)


def _rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's, over the combinations that traded in both; NaN where one side does not vary."""
    known = np.isfinite(left) & np.isfinite(right)
    if known.sum() < 3:
        return math.nan
    ranks = pd.DataFrame({"left": left[known], "right": right[known]}).rank()
    if (ranks.nunique() < 2).any():
        return math.nan
    return float(ranks["left"].corr(ranks["right"]))


def _luck(returns: Floats) -> tuple[float, float]:
    """(reality check p-value, PBO) of the trials' stitched test returns; NaN where there is too little to say."""
    try:
        p_value = reality_check(returns, seed=_SEED).p_value
    except InsufficientData:
        return math.nan, math.nan
    if returns.shape[1] < 2:
        return p_value, math.nan
    return p_value, probability_of_backtest_overfitting(returns).pbo


def _deviation(sharpes: Floats) -> float:
    known = sharpes[np.isfinite(sharpes)]
    return float(known.std(ddof=1)) if len(known) > 1 else 0.0


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if values.notna().any() else math.nan
