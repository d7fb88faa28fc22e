"""Figures of a walk-forward study: what was promised on the training windows and what was earned after them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from titan_research.errors import InvalidInput
from titan_research.plotting.theme import (
    BAD,
    COLORS,
    DIVERGING,
    GOOD,
    ON_CELL,
    QUIET,
    faded,
    figure,
    line,
    note,
    panels,
    reference,
    sessions,
)
from titan_research.walkforward.results import WalkForwardResult

__all__ = [
    "fold_sharpes",
    "in_sample_versus_out",
    "parameter_path",
    "score_surface",
    "stitched_equity",
    "window_timeline",
]

_AXES = ("zscore_window", "entry", "exit", "stop")
_UNITS = {"zscore_window": "bars", "entry": "z", "exit": "z", "stop": "z"}


def _sharpe(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "undefined"


def stitched_equity(result: WalkForwardResult) -> go.Figure:
    """Draw the test windows put end to end, with their borders, and the drawdown below.

    Notes
    -----
    Timing: every bar of the curve was traded with pairs and parameters fixed before its window began.
    """
    capital = result.parameters.backtest.sizing.capital
    highest = result.equity.cummax().clip(lower=capital)
    chart = panels(
        f"Out of sample, {result.n_folds} windows end to end, after costs: Sharpe ratio "
        f"{_sharpe(result.out_of_sample_sharpe)}",
        x="session", y=["equity ($)", "drawdown (fraction)"], heights=[0.7, 0.3], height=460,
    )  # fmt: skip
    equity = line(result.equity, "out-of-sample equity", color=COLORS[0]).update(hovertemplate="$%{y:,.0f}")
    chart.add_trace(equity, row=1, col=1)
    under = line(result.equity / highest - 1.0, "drawdown", color=BAD, width=1.0)
    under.update(fill="tozeroy", fillcolor=faded(BAD, 0.18), hovertemplate="%{y:.2%}")
    chart.add_trace(under, row=2, col=1)
    for session in sessions(pd.DatetimeIndex(result.folds["test_start"])):
        chart.add_vline(x=session, line={"color": faded(QUIET, 0.45), "width": 1, "dash": "dot"})
    reference(chart, capital, "capital", row=1)
    chart.update_yaxes(tickformat="$,.0f", row=1, col=1)
    chart.update_yaxes(tickformat=".1%", row=2, col=1)
    return chart


def in_sample_versus_out(result: WalkForwardResult) -> go.Figure:
    """Draw training against test Sharpe ratio: choices that keep their promise lie on the diagonal."""
    rank_ic = f"{result.rank_ic:.2f}" if np.isfinite(result.rank_ic) else "undefined"
    chart = figure(
        f"Promised and kept: training against test Sharpe ratio (rank IC of the combinations {rank_ic})",
        x="Sharpe ratio on the training window", y="Sharpe ratio on the test window", height=440,
        hover="closest",
    )  # fmt: skip
    choices = _known(result.choices)
    folds = _known(result.folds)
    if choices.empty and folds.empty:
        return note(chart, "nothing was traded in both windows")
    if len(choices):
        texts = [f"{row.y} / {row.x}, window {row.fold}" for row in choices.itertuples()]
        chart.add_trace(_points(choices, "pair in a window", faded(QUIET, 0.55), 6, texts))
    if len(folds):
        texts = [f"window {row.fold}, test from {row.test_start:%Y-%m-%d}" for row in folds.itertuples()]
        chart.add_trace(_points(folds, "all pairs of a window", COLORS[0], 11, texts))
    values = pd.concat([choices[["train_sharpe", "test_sharpe"]], folds[["train_sharpe", "test_sharpe"]]])
    ends = [float(values.min().min()), float(values.max().max())]
    chart.add_trace(
        go.Scatter(
            x=ends, y=ends, mode="lines", name="promise kept", line={"color": QUIET, "dash": "dot"},
            hoverinfo="skip",
        )
    )  # fmt: skip
    return chart


def _known(table: pd.DataFrame) -> pd.DataFrame:
    return table[np.isfinite(table["train_sharpe"].astype(float)) & np.isfinite(table["test_sharpe"].astype(float))]


def _points(rows: pd.DataFrame, name: str, color: str, size: int, texts: list[str]) -> go.Scatter:
    return go.Scatter(
        x=rows["train_sharpe"].to_numpy(dtype=np.float64), y=rows["test_sharpe"].to_numpy(dtype=np.float64),
        mode="markers", name=name, text=texts, marker={"color": color, "size": size},
        hovertemplate="%{text}<br>training %{x:.2f}, test %{y:.2f}<extra></extra>",
    )  # fmt: skip


def parameter_path(result: WalkForwardResult) -> go.Figure:
    """Draw the parameters chosen in each window: points are pairs, the line is their median."""
    choices = result.choices.merge(result.folds[["fold", "test_start"]], on="fold")
    values = choices[list(_AXES)].astype(np.float64).replace([np.inf, -np.inf], np.nan)
    drawn = [name for name in _AXES if values[name].notna().any()]
    if not drawn:
        empty = figure("Parameters chosen in each window", x="first session of the test window", y="value")
        return note(empty, "no window had a pair to trade")
    switched = f"{result.switch_rate:.0%}" if np.isfinite(result.switch_rate) else "none"
    chart = panels(
        f"Parameters chosen in each window; {switched} of pairs traded twice in a row changed theirs",
        x="first session of the test window", y=[f"{name.split('_')[0]} ({_UNITS[name]})" for name in drawn],
        heights=[1.0 / len(drawn)] * len(drawn), height=120 + 130 * len(drawn),
    )  # fmt: skip
    for row, name in enumerate(drawn, start=1):
        color = COLORS[row - 1]
        points = pd.Series(values[name].to_numpy(), index=pd.DatetimeIndex(choices["test_start"]))
        dots = line(points, f"{name.replace('_', ' ')}, a pair", color=faded(color, 0.45), showlegend=False)
        chart.add_trace(dots.update(mode="markers", marker={"size": 7}), row=row, col=1)
        median = line(points.groupby(level=0).median(), name.replace("_", " "), color=color, line={"shape": "hv"})
        chart.add_trace(median, row=row, col=1)
    return chart


def score_surface(result: WalkForwardResult, *, down: str = "entry", across: str = "zscore_window") -> go.Figure:
    """Draw the mean Sharpe ratio of the grid on training (above) and on the test windows (below).

    Averaged over the other parameters; the circle is the cell chosen most often. A good choice is one whose
    neighbours are as good, above and below.
    """
    if down not in _AXES or across not in _AXES or down == across:
        raise InvalidInput(f"need two different axes of {_AXES}; received {down!r} and {across!r}")
    columns = ("train_sharpe", "test_sharpe")
    tables = [
        result.surface.pivot_table(index=down, columns=across, values=column, aggfunc="mean", dropna=False)
        for column in columns
    ]
    label = down.replace("_", " ")
    chart = panels(
        f"Mean Sharpe ratio of {result.n_combinations} combinations: on training, and on the windows after it",
        x=across.replace("_", " "), y=[f"{label}, training", f"{label}, test"], heights=[0.5, 0.5],
        height=520,
    )  # fmt: skip
    chart.update_layout(hovermode="closest")
    finite = np.concatenate([table.to_numpy(dtype=np.float64).ravel() for table in tables])
    finite = finite[np.isfinite(finite)]
    limit = float(np.abs(finite).max()) if len(finite) else 1.0
    for row, (table, name) in enumerate(zip(tables, ("training", "test"), strict=True), start=1):
        chart.add_trace(_heat(table, name, limit, scale=row == 1), row=row, col=1)
        chosen = result.choices.groupby([down, across]).size()
        if len(chosen):
            at: Any = chosen.idxmax()
            ring = {"symbol": "circle-open", "size": 34, "line": {"width": 2.5}, "color": "#ffffff"}
            mark = go.Scatter(
                x=[f"{at[1]:g}"], y=[f"{at[0]:g}"], mode="markers", marker=ring, name="chosen most often",
                showlegend=False, hovertemplate=f"chosen {int(chosen.max())} times<extra></extra>",
            )  # fmt: skip
            chart.add_trace(mark, row=row, col=1)
    chart.update_xaxes(type="category", showgrid=False)
    chart.update_yaxes(type="category", showgrid=False)
    return chart


def _heat(table: pd.DataFrame, name: str, limit: float, *, scale: bool) -> go.Heatmap:
    values: npt.NDArray[np.float64] = table.to_numpy(dtype=np.float64)
    return go.Heatmap(
        x=[f"{value:g}" for value in table.columns], y=[f"{value:g}" for value in table.index], z=values,
        name=name,
        zmin=-limit, zmax=limit, colorscale=DIVERGING, texttemplate="%{z:.2f}", textfont=ON_CELL, xgap=2,
        ygap=2,
        showscale=scale, colorbar={"title": {"text": "Sharpe ratio"}, "thickness": 12},
    )  # fmt: skip


def window_timeline(result: WalkForwardResult) -> go.Figure:
    """Draw where each window trained and where it was traded; the gap between the two is the purge."""
    folds = result.folds
    chart = figure(
        f"{result.n_folds} windows: {result.parameters.formation} bars to choose, "
        f"{result.parameters.trading} to trade, {result.parameters.purge} left out between",
        x="session", y="window", height=120 + 18 * max(len(folds), 8), hover="closest",
    )  # fmt: skip
    gains = (folds["test_return"] > 0).to_numpy()
    everything = np.ones(len(folds), dtype=bool)
    for rows, first, last, name, color in (
        (everything, "train_start", "train_end", "training", faded(QUIET, 0.5)),
        (gains, "test_start", "test_end", "test, gained", GOOD),
        (~gains, "test_start", "test_end", "test, lost or flat", BAD),
    ):
        chosen = folds[rows]
        if chosen.empty:
            continue
        x: list[Any] = []
        y: list[Any] = []
        begins, ends = sessions(pd.DatetimeIndex(chosen[first])), sessions(pd.DatetimeIndex(chosen[last]))
        for begin, end, fold in zip(begins, ends, chosen["fold"], strict=True):
            x += [begin, end, None]
            y += [int(fold), int(fold), None]
        chart.add_trace(go.Scatter(x=x, y=y, mode="lines", name=name, line={"color": color, "width": 7}))
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def fold_sharpes(result: WalkForwardResult) -> go.Figure:
    """Draw the Sharpe ratio of every window: on training, on its test, and of the default parameters."""
    folds = result.folds
    chart = figure(
        f"Sharpe ratio window by window; {result.share_folds_positive:.0%} of the tests gained",
        x="first session of the test window", y="Sharpe ratio (a year)", height=340, hover="x unified",
    )  # fmt: skip
    names = sessions(pd.DatetimeIndex(folds["test_start"]))
    for column, name, color in (
        ("train_sharpe", "training", faded(QUIET, 0.6)),
        ("test_sharpe", "test", COLORS[0]),
        ("baseline_sharpe", "default parameters, test", COLORS[1]),
    ):
        values = folds[column].to_numpy(dtype=np.float64)
        if np.isfinite(values).any():
            chart.add_trace(go.Bar(x=names, y=values, name=name, marker={"color": color}, hovertemplate="%{y:.2f}"))
    chart.update_layout(barmode="group")
    chart.update_xaxes(type="category", tickangle=-45)
    return chart
