"""What a backtest and a sweep return."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from titan_research.parameters import BacktestParameters
from titan_research.results import FrameResult, Result

__all__ = ["BacktestResult", "PerformanceMetrics", "SweepResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceMetrics(Result):
    """Statistics of returns on committed capital, after costs; undefined numbers are NaN.

    Returns, drawdown, rates and shares are fractions; ``max_drawdown`` is negative; ``average_holding`` in
    bars; ``turnover`` a year in multiples of capital; ``commission``, ``slippage``, ``borrow`` in dollars.
    ``sharpe_ratio_se`` is the standard error of the annualized Sharpe ratio, ``probabilistic_sharpe_ratio``
    the probability that it is above zero.
    """

    title: ClassVar[str] = "Performance after costs"

    total_return: float
    annualized_return: float
    annualized_volatility: float
    sharpe_ratio: float
    sharpe_ratio_se: float
    sortino_ratio: float
    calmar_ratio: float
    max_drawdown: float
    probabilistic_sharpe_ratio: float
    skewness: float
    kurtosis: float
    n_trades: int
    win_rate: float
    profit_factor: float
    average_holding: float
    turnover: float
    time_in_market: float
    commission: float
    slippage: float
    borrow: float
    periods_per_year: int
    n_obs: int


def _percent(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.1%}"


def _number(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.2f}"


@dataclass(frozen=True, kw_only=True, eq=False)
class BacktestResult(FrameResult):
    """One pair traded with one parameter set.

    Attributes
    ----------
    equity : dollars by session; capital plus all P&L so far (fixed notional, nothing compounds)
    positions : by session: spread, zscore, hedge_ratio, intercept, position (decided at this close; +1 long
        the spread), shares_y, shares_x, gross_exposure (held at this close, dollars), pnl (dollars, after
        costs), costs
    trades : a row a two-leg trade: side, decided, entry, exit_decided, exit, bars, reason, hedge_ratio,
        shares_y, shares_x, entry_zscore, exit_zscore, gross_pnl, commission, slippage, borrow, pnl,
        return_on_gross, mae, mfe (dollars)
    findings : what a critic would say: severity, finding, detail
    stress : the same backtest with dearer costs and later fills; see `cost_stress`
    execution, engine : when decisions are filled, and what simulated them
    """

    title: ClassVar[str] = "Backtest"

    y: str
    x: str
    parameters: BacktestParameters
    start: pd.Timestamp
    end: pd.Timestamp
    n_obs: int
    execution: str
    engine: str
    panel_fingerprint: str
    metrics: PerformanceMetrics
    equity: pd.Series
    positions: pd.DataFrame
    trades: pd.DataFrame
    findings: pd.DataFrame
    stress: pd.DataFrame

    @property
    def returns(self) -> pd.Series:
        """Simple returns on committed capital, after costs."""
        return self.positions["pnl"] / self.parameters.sizing.capital

    def to_frame(self) -> pd.DataFrame:
        """The trades."""
        return self.trades

    def _repr_html_(self) -> str:
        metrics = self.metrics
        cells = {
            "Sharpe ratio": f"{_number(metrics.sharpe_ratio)} ± {_number(metrics.sharpe_ratio_se)}",
            "return a year": _percent(metrics.annualized_return),
            "volatility": _percent(metrics.annualized_volatility),
            "max drawdown": _percent(metrics.max_drawdown),
            "trades": str(metrics.n_trades),
            "win rate": _percent(metrics.win_rate),
            "P(Sharpe > 0)": _percent(metrics.probabilistic_sharpe_ratio),
            "costs": f"${metrics.commission + metrics.slippage + metrics.borrow:,.0f}",
        }
        head = "".join(f"<th>{html.escape(name)}</th>" for name in cells)
        body = "".join(f"<td>{html.escape(value)}</td>" for value in cells.values())
        notes = "".join(f"<li>{html.escape(row.finding)}</li>" for row in self.findings.itertuples())
        return (
            f"<div class='titan-result'><p><b>{html.escape(self.y)}/{html.escape(self.x)}</b> {self.start:%Y-%m-%d} to "
            f"{self.end:%Y-%m-%d}, after costs, {html.escape(self.execution)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody><tr>{body}</tr></tbody></table><ul>{notes}</ul></div>"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SweepResult(FrameResult):
    """Every combination of a grid, in sample: the best of many flatters.

    ``table``: y, x, zscore_window, entry, exit, stop, sharpe_ratio, total_return, max_drawdown, n_trades,
    turnover (a year, in multiples of capital), time_in_market.
    """

    title: ClassVar[str] = "Sweep (in sample)"

    parameters: BacktestParameters
    n_combinations: int
    start: pd.Timestamp
    end: pd.Timestamp
    n_obs: int
    panel_fingerprint: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.table

    def best(self, n: int = 5) -> pd.DataFrame:
        """The combinations with the highest Sharpe ratio; ties in grid order."""
        return self.table.sort_values("sharpe_ratio", ascending=False, kind="stable", na_position="last").head(n)
