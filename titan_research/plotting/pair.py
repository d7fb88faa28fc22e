"""Figures of one pair: its spread with the decisions taken on it, its hedge ratio, its stability."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from titan_research.backtest.results import BacktestResult
from titan_research.pairs.results import StabilityResult
from titan_research.plotting.theme import (
    BAD,
    COLORS,
    GOOD,
    QUIET,
    line,
    log_axis,
    panels,
    reference,
    sessions,
)

__all__ = ["hedge_ratio_path", "spread_and_zscore", "stability"]

_EXITS = {
    "reversion": ("exit: reverted", "circle-open", COLORS[0]),
    "stop": ("exit: stop", "x", BAD),
    "time": ("exit: too long", "square-open", COLORS[4]),
    "end_of_data": ("exit: end of data", "diamond-open", QUIET),
}


def spread_and_zscore(result: BacktestResult) -> go.Figure:
    """Draw the z-score with its thresholds and every decision, and the spread below.

    Notes
    -----
    Timing: marks stand at the close on which the decision was taken; the orders were filled one bar later.
    """
    table, trades, rules = result.positions, result.trades, result.parameters.rules
    chart = panels(
        f"{result.y} / {result.x}: z-score with the decisions taken on it, and the spread",
        x="session", y=["z-score (deviations)", f"spread ({_unit(result)})"], heights=[0.65, 0.35],
        height=520,
    )  # fmt: skip
    chart.add_trace(line(table["zscore"], "z-score", color=COLORS[0], width=1.1), row=1, col=1)
    for sign in (1, -1):
        reference(chart, sign * rules.entry, "entry" if sign > 0 else "", row=1)
        if rules.stop is not None:
            reference(chart, sign * rules.stop, "stop" if sign > 0 else "", row=1, dash="dash")
    reference(chart, 0.0, row=1, dash="solid")
    for long, name, symbol, color in (
        (True, "enter long the spread", "triangle-up", GOOD),
        (False, "enter short the spread", "triangle-down", COLORS[1]),
    ):
        chosen = trades[(trades["shares_y"] > 0) == long]
        _marks(chart, chosen["decided"], chosen["entry_zscore"], name, symbol, color)
    for reason, (name, symbol, color) in _EXITS.items():
        chosen = trades[trades["reason"].astype(str) == reason]
        _marks(chart, chosen["exit_decided"], chosen["exit_zscore"], name, symbol, color)
    chart.add_trace(line(table["spread"], "spread", color=QUIET, width=1.1), row=2, col=1)
    return chart


def _marks(chart: go.Figure, when: pd.Series, zscores: pd.Series, name: str, symbol: str, color: str) -> None:
    kept = np.isfinite(zscores.to_numpy(dtype=np.float64))
    if not kept.any():
        return
    chart.add_trace(
        go.Scatter(
            x=sessions(pd.DatetimeIndex(when[kept])), y=zscores[kept].to_numpy(dtype=np.float64),
            mode="markers",
            name=name,
            marker={"symbol": symbol, "color": color, "size": 8, "line": {"width": 1.4, "color": color}},
        ),
        row=1, col=1,
    )  # fmt: skip


def _unit(result: BacktestResult) -> str:
    return "log points" if result.parameters.spread.kind == "log" else f"price units of {result.y}"


def hedge_ratio_path(result: BacktestResult) -> go.Figure:
    """Draw the hedge ratio known at every close, and the ratio that each trade froze at its decision."""
    table, trades = result.positions, result.trades
    kind = "dollars" if result.parameters.spread.kind == "log" else "shares"
    chart = panels(
        f"Hedge ratio as it was known at each close: {kind} of {result.x} against one of {result.y}",
        x="session", y=["hedge ratio", "intercept"], heights=[0.65, 0.35], height=440,
    )  # fmt: skip
    chart.add_trace(line(table["hedge_ratio"], "hedge ratio", color=COLORS[0]), row=1, col=1)
    _marks(chart, trades["decided"], trades["hedge_ratio"], "frozen by a trade", "circle-open", COLORS[1])
    chart.add_trace(line(table["intercept"], "intercept", color=QUIET), row=2, col=1)
    return chart


def stability(result: StabilityResult) -> go.Figure:
    """Draw p-value, hedge ratio and half-life of a pair tested again over moving windows.

    Notes
    -----
    Timing: each point stands at the last session of its window and uses no later one.
    """
    table, alpha = result.table, result.parameters.alpha
    share = f"{result.share_significant:.0%}" if np.isfinite(result.share_significant) else "none"
    chart = panels(
        f"{result.y} / {result.x} tested on {result.n_windows} windows of {result.window} sessions: "
        f"p < {alpha:g} in {share}",
        x="last session of the window", y=["p-value (log)", "hedge ratio", "half-life (bars, log)"],
        heights=[0.42, 0.29, 0.29], height=560,
    )  # fmt: skip
    rows = (
        ("p_value", "p-value", COLORS[0]),
        ("hedge_ratio", "hedge ratio", COLORS[1]),
        ("half_life", "half-life", COLORS[2]),
    )
    for row, (column, name, color) in enumerate(rows, start=1):
        values = table[column].where(np.isfinite(table[column]))
        if column == "half_life":
            values = values.clip(upper=float(result.window))
        if values.notna().any():
            chart.add_trace(line(values, name, color=color), row=row, col=1)
    smallest = _smallest(table["p_value"], 1e-6, alpha)
    log_axis(chart, min(smallest, alpha) * 0.7, 1.05, row=1)
    reference(chart, alpha, f"p = {alpha:g}", row=1, dash="dash")
    shortest = _smallest(table["half_life"], 0.5, 1.0)
    log_axis(chart, shortest * 0.8, result.window * 1.1, row=3)
    reference(chart, float(result.window), "window length and longer", row=3)
    return chart


def _smallest(values: pd.Series, floor: float, default: float) -> float:
    known = values[np.isfinite(values)]
    return max(float(known.min()), floor) if len(known) else default
