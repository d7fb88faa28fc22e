"""One parameter set a regime, shrunk to what works in all regimes, and only where there is enough data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.inputs import pair_arrays, trading_start
from titan_research.backtest.sweep import grid_frame, sweep_pair
from titan_research.calendar import periods_per_year
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters
from titan_research.results import FrameResult

__all__ = ["RegimeParametersResult", "regime_parameters"]

MIN_YEARS = 2.0
MIN_TRADES = 30
PRIOR_YEARS = 4.0


@dataclass(frozen=True, kw_only=True, eq=False)
class RegimeParametersResult(FrameResult):
    """In-sample choices by regime. ``table``: a row a regime and one for the pool ("all").

    Columns: regime, years, n_spells (episodes), n_trades, own (False where there was too little data and the pooled set
    is used), zscore_window, entry, exit, stop, sharpe_ratio (of the set in that regime), pooled_sharpe_ratio (of the
    pooled set in that regime). ``scores``: Sharpe ratio of every combination by regime.
    """

    title: ClassVar[str] = "Parameters by regime (in sample)"

    y: str
    x: str
    regime_symbol: str
    parameters: BacktestParameters
    n_combinations: int
    n_trials: int
    start: pd.Timestamp
    end: pd.Timestamp
    n_obs: int
    panel_fingerprint: str
    table: pd.DataFrame
    scores: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.table


def regime_parameters(
    panel: Panel,
    *,
    y: str,
    x: str,
    regimes: pd.Series,
    regime_symbol: str,
    grid: dict[str, list[float]],
    parameters: BacktestParameters,
    opens: Panel | None = None,
) -> RegimeParametersResult:
    """Choose one combination a regime by shrunk Sharpe ratio.

    The score of a combination in a regime is lam * its Sharpe ratio there + (1 - lam) * its Sharpe ratio over all bars,
    lam = years / (years + 4). A regime gets its own set only with at least 2 years and 30 trades in it.

    Parameters
    ----------
    regimes : published label by session ("" before the first); the P&L of bar t counts to the label of
        bar t - 1, the last one that was known when it was earned

    Notes
    -----
    Timing: the labels are causal, the choice is in sample: judge it by walking it forward. Missing: bars without a
    label
    count to the pool only. Source: methods of shrinkage to a pooled estimate (James-Stein); prior variance of an annual
    Sharpe ratio 1/4.
    """
    combinations = grid_frame(grid)
    pair = pair_arrays(panel, y, x, opens)
    longest = parameters.spread.replace(zscore_window=int(combinations["zscore_window"].max()))
    paths = sweep_pair(
        pair,
        spread=parameters.spread,
        grid=combinations,
        max_holding=parameters.rules.max_holding,
        costs=parameters.costs,
        sizing=parameters.sizing,
        first=trading_start(panel.index, longest),
        last=len(panel) - 1,
    )
    periods = periods_per_year(panel.interval)
    known = regimes.reindex(panel.index, method="ffill").shift(1).fillna("")
    pooled = _sharpe(paths.pnl, periods)
    best = int(np.nanargmax(pooled))
    rows, scores = (
        [
            _row(
                "all",
                combinations,
                best,
                pooled,
                pooled[best],
                len(panel) / periods,
                0,
                int(paths.n_trades[best]),
                True,
            )
        ],
        {},
    )
    scores["all"] = pooled
    labels = [label for label in pd.unique(known) if label]
    for label in sorted(labels):
        inside = (known == label).to_numpy()
        years = float(inside.sum() / periods)
        own = _sharpe(paths.pnl[:, inside], periods)
        scores[label] = own
        lam = years / (years + PRIOR_YEARS)
        choice = int(np.nanargmax(lam * np.nan_to_num(own) + (1 - lam) * pooled))
        trades = round(float(paths.n_trades[choice] * inside.mean()))
        enough = years >= MIN_YEARS and trades >= MIN_TRADES
        chosen = choice if enough else best
        spells = int((inside & ~np.concatenate([[False], inside[:-1]])).sum())
        rows.append(_row(label, combinations, chosen, own, own[best], years, spells, trades, enough))
    return RegimeParametersResult(
        y=y,
        x=x,
        regime_symbol=regime_symbol,
        parameters=parameters,
        n_combinations=len(combinations),
        n_trials=len(combinations) * (1 + len(labels)),
        start=panel.index[0],
        end=panel.index[-1],
        n_obs=len(panel),
        panel_fingerprint=panel.fingerprint,
        table=pd.DataFrame(rows),
        scores=combinations.assign(**scores),
    )


def _sharpe(pnl: npt.NDArray[np.float64], periods: int) -> npt.NDArray[np.float64]:
    deviation = pnl.std(axis=1, ddof=1) if pnl.shape[1] > 1 else np.zeros(len(pnl))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: npt.NDArray[np.float64] = np.where(
            deviation > 0, pnl.mean(axis=1) / deviation * math.sqrt(periods), np.nan
        )
    return ratio if np.isfinite(ratio).any() else np.zeros(len(pnl))


def _row(
    regime: str,
    combinations: pd.DataFrame,
    chosen: int,
    sharpes: npt.NDArray[np.float64],
    pooled: float,
    years: float,
    spells: int,
    trades: int,
    own: bool,
) -> dict[str, object]:
    return {
        "regime": regime,
        "years": years,
        "n_spells": spells,
        "n_trades": trades,
        "own": own,
        **combinations.iloc[chosen].to_dict(),
        "sharpe_ratio": float(sharpes[chosen]),
        "pooled_sharpe_ratio": float(pooled),
    }
