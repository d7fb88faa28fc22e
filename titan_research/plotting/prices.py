"""Prices as they were: rebased, so that levels can be compared."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from titan_research.errors import InvalidInput
from titan_research.plotting.theme import COLORS, QUIET, figure, line, log_axis, panels, reference

__all__ = ["pair_prices", "rebased_prices"]


def rebased_prices(prices: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Draw every column as a multiple of its first price in the frame, on a log scale.

    Parameters
    ----------
    prices : sessions x symbols, positive; NaN = no bar, drawn as a gap
    """
    rebased = _rebased(prices)
    chart = figure(
        title or f"Prices of {', '.join(map(str, prices.columns[:6]))}, rebased",
        x="session",
        y="multiple of first price",
    )
    for position, name in enumerate(rebased.columns):
        chart.add_trace(line(rebased[name], str(name), color=COLORS[position % len(COLORS)]))
    log_axis(chart, float(rebased.min().min()) * 0.95, float(rebased.max().max()) * 1.05)
    reference(chart, 1.0)
    return chart


def pair_prices(prices: pd.DataFrame, *, y: str, x: str) -> go.Figure:
    """Draw both legs of a pair rebased to their first common session, and the ratio of the two below."""
    legs = _rebased(prices[[y, x]].dropna())
    ratio = legs[y] / legs[x]
    chart = panels(
        f"{y} and {x} since {legs.index[0]:%Y-%m-%d}: prices rebased, and their ratio",
        x="session", y=["multiple of first price", f"{y} / {x}, rebased"], heights=[0.68, 0.32], height=460,
    )  # fmt: skip
    chart.add_trace(line(legs[y], y, color=COLORS[0]), row=1, col=1)
    chart.add_trace(line(legs[x], x, color=COLORS[1]), row=1, col=1)
    chart.add_trace(line(ratio, f"{y} / {x}", color=QUIET), row=2, col=1)
    log_axis(chart, float(legs.min().min()) * 0.95, float(legs.max().max()) * 1.05, row=1)
    log_axis(chart, float(ratio.min()) * 0.95, float(ratio.max()) * 1.05, row=2)
    return chart


def _rebased(prices: pd.DataFrame) -> pd.DataFrame:
    first = prices.bfill().iloc[0] if len(prices) else None
    if first is None or not bool((first > 0).all()):
        raise InvalidInput("prices: expected at least one positive price of every symbol in the frame")
    return prices / first
