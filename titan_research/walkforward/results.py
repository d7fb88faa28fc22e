"""What a walk-forward study returns."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from titan_research.backtest.results import PerformanceMetrics
from titan_research.parameters import WalkForwardParameters
from titan_research.results import FrameResult

__all__ = ["WalkForwardResult"]


@dataclass(frozen=True, kw_only=True, eq=False)
class WalkForwardResult(FrameResult):
    """Pairs and parameters chosen on each formation window and traded, frozen, in the window after it.

    Attributes
    ----------
    selection_inside : whether the pairs were chosen inside the loop too, on the formation window alone
    start, end : of the stitched test period; ``n_obs`` its sessions
    n_combinations : of the grid; ``n_trials`` combinations x pairs tried, summed over the folds
    metrics : of the stitched test P&L of all pairs, each with an equal share of the capital, after costs
    in_sample_sharpe : mean over folds of the annualised Sharpe ratio of the chosen sets on their own training
    out_of_sample_sharpe : of the stitched test curve (never a mean of Sharpe ratios)
    walk_forward_efficiency : out of sample over in sample; NaN where in sample is not above zero
    rank_ic : mean over folds of Spearman's rank correlation between training and test scores of the combinations
    switch_rate : of pairs traded in two folds in a row, the share whose parameter set changed
    share_folds_positive : share of folds with a test P&L above zero
    baseline_sharpe : of the default parameter set on the same pairs and windows: what choosing has to beat
    deflated_sharpe_ratio : probability that the stitched Sharpe ratio beats the best of n_trials without skill,
        their deviation taken from the stitched curves of all combinations
    reality_check_p_value, pbo : over the stitched test curves of all combinations; see `overfitting`
    minimum_track_record_years : of this Sharpe ratio at 95 % against zero; infinite where it is not above zero
    equity : dollars by session, capital plus P&L so far; nothing compounds
    folds : fold, train_start, train_end, test_start, test_end, n_survivors, n_pairs, train_sharpe, test_sharpe,
        test_return, baseline_sharpe, rank_ic, n_trades
    choices : a row a fold and pair: fold, y, x, p_value, q_value, half_life, survives, zscore_window, entry, exit,
        stop (infinite = none), train_sharpe, test_sharpe, test_return (on the pair's capital), n_trades, fitted_until
    surface : zscore_window, entry, exit, stop, train_sharpe, test_sharpe (means over the folds, all pairs pooled)

    Notes
    -----
    Timing: everything dated t uses nothing after t. Each test starts flat, is warmed up with the bars before it
    and is closed, with costs, at its last bar: a book that is carried over the border would be another strategy.
    """

    title: ClassVar[str] = "Walk-forward"

    parameters: WalkForwardParameters
    symbols: tuple[str, ...]
    selection_inside: bool
    start: pd.Timestamp
    end: pd.Timestamp
    n_obs: int
    n_folds: int
    n_combinations: int
    n_trials: int
    metrics: PerformanceMetrics
    in_sample_sharpe: float
    out_of_sample_sharpe: float
    walk_forward_efficiency: float
    rank_ic: float
    switch_rate: float
    share_folds_positive: float
    baseline_sharpe: float
    deflated_sharpe_ratio: float
    reality_check_p_value: float
    pbo: float
    minimum_track_record_years: float
    verdict: str
    panel_fingerprint: str
    equity: pd.Series
    folds: pd.DataFrame
    choices: pd.DataFrame
    surface: pd.DataFrame

    @property
    def returns(self) -> pd.Series:
        """Simple returns on committed capital, after costs, of the stitched test period."""
        capital = self.parameters.backtest.sizing.capital
        return self.equity.diff().fillna(self.equity.iloc[0] - capital) / capital

    def to_frame(self) -> pd.DataFrame:
        """One row a fold."""
        return self.folds

    def summary(self) -> str:
        """The verdict, then the scalars."""
        return f"{self.verdict}\n{super().summary()}"

    def _repr_html_(self) -> str:
        inside = "chosen on each formation window" if self.selection_inside else "given beforehand"
        cells = {
            "in sample": _number(self.in_sample_sharpe),
            "out of sample": f"{_number(self.out_of_sample_sharpe)} ± {_number(self.metrics.sharpe_ratio_se)}",
            "default parameters": _number(self.baseline_sharpe),
            "efficiency": _number(self.walk_forward_efficiency),
            "rank IC": _number(self.rank_ic),
            "return a year": _percent(self.metrics.annualized_return),
            "max drawdown": _percent(self.metrics.max_drawdown),
            "folds above zero": _percent(self.share_folds_positive),
            "reality check p": _number(self.reality_check_p_value),
            "deflated Sharpe": _number(self.deflated_sharpe_ratio),
            "PBO (± 0.2)": _number(self.pbo),
        }
        head = "".join(f"<th>{html.escape(name)}</th>" for name in cells)
        body = "".join(f"<td>{html.escape(value)}</td>" for value in cells.values())
        span = f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"
        folds = self.folds.drop(columns=["train_start", "fold"]).set_index("test_start")
        dates = {"train_end": _date, "test_end": _date}
        folds.index = folds.index.strftime("%Y-%m-%d")
        return (
            f"<div class='titan-result'><p><b>{html.escape(self.verdict)}</b></p>"
            f"<p>{self.n_folds} folds, {html.escape(span)}, pairs {inside}, {self.n_trials:,} trials; Sharpe ratios "
            f"a year, after costs</p><table><thead><tr>{head}</tr></thead><tbody><tr>{body}</tr></tbody></table>"
            f"{folds.to_html(border=0, float_format=_number, formatters=dates)}</div>"
        )


def _number(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "–"


def _percent(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "–"


def _date(value: pd.Timestamp) -> str:
    return f"{value:%Y-%m-%d}"
