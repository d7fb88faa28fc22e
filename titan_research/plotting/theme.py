"""One quiet look: legible on white and on black, in colours that the colour-blind tell apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

__all__ = [
    "BAD",
    "COLORS",
    "DIVERGING",
    "GOOD",
    "ON_CELL",
    "QUIET",
    "REGIME_COLORS",
    "SEQUENTIAL",
    "band",
    "faded",
    "figure",
    "line",
    "log_axis",
    "note",
    "panels",
    "reference",
    "sessions",
    "spells",
]

COLORS = ("#2f7ebc", "#cf6a1c", "#17926d", "#b0609f", "#a27b00", "#6c7f93")
QUIET = "#7d8894"
GOOD, BAD = "#17926d", "#cf5a3c"
REGIME_COLORS = {"calm": "#17926d", "neutral": "#a27b00", "stress": "#cf5a3c"}
SEQUENTIAL = [[0.0, "#76818d"], [1.0, "#1f6fb2"]]
DIVERGING = [[0.0, "#bd4a2b"], [0.5, "#76818d"], [1.0, "#1f6fb2"]]
ON_CELL = {"color": "#ffffff", "size": 12}

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_GRID = "rgba(125,136,148,0.22)"


def _template() -> go.layout.Template:
    axis = {
        "gridcolor": _GRID, "linecolor": QUIET, "tickcolor": QUIET, "zerolinecolor": QUIET,
        "zerolinewidth": 1,
        "ticks": "outside", "ticklen": 4, "showline": True, "automargin": True, "title": {"standoff": 8},
    }  # fmt: skip
    return go.layout.Template(
        layout={
            "font": {"family": _FONT, "size": 12, "color": "#6b7682"},
            "title": {"font": {"size": 15}, "x": 0.01, "xanchor": "left"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(COLORS),
            "hovermode": "x unified",
            "hoverlabel": {"font": {"family": _FONT, "size": 12}},
            "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
            "margin": {"l": 56, "r": 16, "t": 64, "b": 44},
            "xaxis": axis,
            "yaxis": {**axis, "showline": False},
            "modebar": {"orientation": "h"},
        }
    )


_TEMPLATE = _template()


def figure(title: str, *, x: str, y: str, height: int = 380, hover: str = "x unified") -> go.Figure:
    """An empty figure with its title and the titles of both axes (with units)."""
    empty = go.Figure()
    empty.update_layout(template=_TEMPLATE, title=title, height=height, hovermode=hover)
    empty.update_xaxes(title_text=x)
    empty.update_yaxes(title_text=y)
    return empty


def panels(title: str, *, x: str, y: list[str], heights: list[float], height: int) -> go.Figure:
    """Panels above one another that share the x axis; ``y`` has one axis title a panel, from the top."""
    stacked = make_subplots(rows=len(y), cols=1, shared_xaxes=True, row_heights=heights, vertical_spacing=0.06)
    stacked.update_layout(template=_TEMPLATE, title=title, height=height)
    for row, name in enumerate(y, start=1):
        stacked.update_yaxes(title_text=name, row=row, col=1)
    stacked.update_xaxes(title_text=x, row=len(y), col=1)
    return stacked


def sessions(index: pd.Index) -> list[Any]:
    """Session labels as text: a day, or a minute where the bars are shorter; other indexes as they are."""
    if not isinstance(index, pd.DatetimeIndex):
        return list(index)
    daily = bool((index.normalize() == index).all())
    return list(index.strftime("%Y-%m-%d" if daily else "%Y-%m-%d %H:%M"))


def line(values: pd.Series, name: str, *, color: str, width: float = 1.4, **options: Any) -> go.Scatter:
    """A line over the sessions of ``values``; gaps stay gaps and no point is left out."""
    style = {"color": color, "width": width, **options.pop("line", {})}
    return go.Scatter(
        x=sessions(values.index),
        y=values.to_numpy(dtype=np.float64),
        name=name,
        mode="lines",
        line=style,
        **options,
    )


def log_axis(chart: go.Figure, low: float, high: float, *, row: int | None = None, axis: str = "y") -> None:
    """A log axis from ``low`` to ``high`` (both positive) with round numbers as ticks."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    decades = float(np.log10(high / low))
    steps: tuple[float, ...] = (1, 2, 5) if decades < 3 else (1,)
    if decades < 0.7:
        steps = (1, 1.5, 2, 3, 4, 5, 6, 8)
    ticks = [step * 10.0**power for power in powers for step in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    update = chart.update_yaxes if axis == "y" else chart.update_xaxes
    where = {} if row is None else {"row": row, "col": 1}
    update(
        type="log", range=[float(np.log10(low)), float(np.log10(high))], tickvals=ticks,
        ticktext=[f"{tick:,.10g}" for tick in ticks], **where,
    )  # fmt: skip


def note(chart: go.Figure, text: str) -> go.Figure:
    """Say in the middle of an empty figure why it is empty."""
    chart.add_annotation(text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return chart


def reference(chart: go.Figure, level: float, text: str = "", *, row: int | None = None, dash: str = "dot") -> None:
    """A quiet horizontal line at a level, with its meaning beside it."""
    where = {} if row is None else {"row": row, "col": 1}
    note = {"annotation_text": text, "annotation_position": "top left", "annotation_font_size": 10} if text else {}
    chart.add_hline(y=level, line={"color": QUIET, "width": 1, "dash": dash}, **note, **where)


def spells(labels: pd.Series) -> list[tuple[Any, Any, str]]:
    """Stretches of one label: first session, the session after its last one, label; "" is left out."""
    if not len(labels):
        return []
    values = labels.to_numpy(dtype=str)
    names = sessions(labels.index)
    starts = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]])
    return [
        (names[first], names[min(after, len(values) - 1)], str(values[first]))
        for first, after in pairwise(starts)
        if values[first]
    ]


def band(low: float, high: float, parts: list[tuple[Any, Any, str]], name: str, **options: Any) -> go.Scatter:
    """One filled trace of rectangles from ``low`` to ``high`` over the given stretches: one legend entry."""
    x: list[Any] = []
    y: list[Any] = []
    for first, last, _ in parts:
        x += [first, first, last, last, None]
        y += [low, high, high, low, None]
    return go.Scatter(x=x, y=y, name=name, mode="lines", fill="toself", line={"width": 0}, hoverinfo="skip", **options)


def faded(color: str, opacity: float) -> str:
    """A #rrggbb colour with an opacity."""
    red, green, blue = (int(color[position : position + 2], 16) for position in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
