"""Figures of regimes: what was published at the time, and, marked as such, what only hindsight knows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from titan_research.plotting.theme import (
    COLORS,
    DIVERGING,
    ON_CELL,
    QUIET,
    REGIME_COLORS,
    SEQUENTIAL,
    band,
    faded,
    figure,
    line,
    log_axis,
    panels,
    spells,
)
from titan_research.regimes.results import RegimeResult

__all__ = [
    "feature_means",
    "hindsight_premium",
    "price_and_regimes",
    "probabilities",
    "refits",
    "state_bars",
    "transitions",
]


def _color(name: str, position: int = 0) -> str:
    return REGIME_COLORS.get(name, COLORS[position % len(COLORS)])


def price_and_regimes(result: RegimeResult, *, hindsight: bool = True) -> go.Figure:
    """Draw the price on bands of the published regimes; the hindsight labels in a hatched strip of their own.

    Notes
    -----
    Timing: the bands behind the price are the labels as they were published, each known at its own close. The
    strip labelled "hindsight" was fitted on and smoothed over the whole sample; nobody could have traded it.
    """
    labels = result.labels
    price = labels["price"].dropna()
    low, high = float(price.min()) * 0.97, float(price.max()) * 1.03
    rows = ["price (log scale)", "hindsight"] if hindsight else ["price (log scale)"]
    chart = panels(
        f"{result.symbol}: price on the regimes as they were published"
        + (", and hindsight below (never tradable)" if hindsight else ""),
        x="session", y=rows, heights=[0.86, 0.14] if hindsight else [1.0], height=480,
    )  # fmt: skip
    parts = spells(labels["regime"])
    for name in [str(name) for name in result.regimes["regime"]]:
        mine = [part for part in parts if part[2] == name]
        if mine:
            trace = band(low, high, mine, f"{name} (published)", fillcolor=faded(_color(name), 0.22))
            chart.add_trace(trace, row=1, col=1)
    chart.add_trace(line(price, result.symbol, color=COLORS[0]), row=1, col=1)
    log_axis(chart, low, high, row=1)
    if hindsight:
        names = dict(enumerate(str(name) for name in result.regimes["regime"]))
        smoothed = labels["hindsight_state"].map(names).fillna("").astype(str)
        for name in names.values():
            mine = [part for part in spells(smoothed) if part[2] == name]
            if mine:
                hatch = {"shape": "/", "fgcolor": _color(name), "size": 6, "solidity": 0.35}
                trace = band(
                    0.0,
                    1.0,
                    mine,
                    f"{name} (hindsight)",
                    fillpattern=hatch,
                    fillcolor=faded(_color(name), 0.12),
                )
                chart.add_trace(trace, row=2, col=1)
        chart.update_yaxes(showticklabels=False, range=[0, 1], showgrid=False, row=2, col=1)
    return chart


def probabilities(result: RegimeResult) -> go.Figure:
    """Draw the filtered probability of every regime, stacked to one; each value is known at its own close."""
    labels = result.labels[result.labels["state"] >= 0]
    chart = figure(
        f"{result.symbol}: filtered probability of each regime",
        x="session",
        y="probability (stacked)",
        height=240,
    )
    for position, name in enumerate(result.regimes["regime"]):
        color = _color(str(name), position)
        series = labels[f"probability_{position}"]
        trace = line(series, str(name), color=color, width=0.0, stackgroup="all", fillcolor=faded(color, 0.6))
        chart.add_trace(trace.update(hovertemplate="%{y:.1%}"))
    chart.update_yaxes(range=[0, 1], tickformat=".0%")
    return chart


def transitions(result: RegimeResult) -> go.Figure:
    """Draw the share of bars followed by each published label: rows are left, columns are entered."""
    table = result.transition_matrix
    names = [str(name) for name in table["from"]]
    shares = table[names].to_numpy(dtype=np.float64)
    counts = table["n_obs"].to_numpy()
    deviation = np.sqrt(shares * (1 - shares) / np.maximum(counts, 1)[:, None])
    text = [
        [f"{share:.2%}<br>± {error:.2%}" if np.isfinite(share) else "" for share, error in zip(*rows, strict=True)]
        for rows in zip(shares, deviation, strict=True)
    ]
    chart = figure(
        "Change of label from one bar to the next, with standard errors",
        x="to",
        y="from",
        height=320,
        hover="closest",
    )
    chart.add_trace(
        go.Heatmap(
            x=names, y=names, z=shares, text=text, texttemplate="%{text}", textfont=ON_CELL, zmin=0, zmax=1,
            colorscale=SEQUENTIAL,
            showscale=False, name="share", hovertemplate="%{y} to %{x}: %{z:.3%}<extra></extra>", xgap=2,
            ygap=2,
        )
    )  # fmt: skip
    chart.update_yaxes(autorange="reversed", showgrid=False)
    chart.update_xaxes(showgrid=False)
    return chart


def state_bars(result: RegimeResult) -> go.Figure:
    """Draw return and volatility while each published label was up (same bar: a description, no strategy)."""
    table = result.regimes
    names = [str(name) for name in table["regime"]]
    chart = figure(
        "Returns while each label was up (a description, not a strategy)",
        x="regime",
        y="fraction a year",
        hover="x",
    )
    columns = (
        ("mean_return", "mean return", COLORS[0]),
        ("volatility", "volatility", COLORS[1]),
        ("max_drawdown", "maximum drawdown", QUIET),
    )
    for column, label, color in columns:
        values = table[column].to_numpy(dtype=np.float64)
        chart.add_trace(
            go.Bar(
                x=names, y=values, name=label, marker={"color": color},
                text=[f"{value:.1%}" for value in values],
                textposition="auto", hovertemplate="%{y:.2%}",
            )
        )  # fmt: skip
    chart.update_layout(barmode="group")
    chart.update_yaxes(tickformat=".0%")
    return chart


def hindsight_premium(result: RegimeResult) -> go.Figure:
    """Draw the Sharpe ratio of one rule (long in calm, else cash) by the labels it is given."""
    table = result.premium
    names = [
        f"{str(row.labels).replace('_', ' ')}, {str(row.execution).replace('_', ' ')}" for row in table.itertuples()
    ]
    values = table["sharpe_ratio"].to_numpy(dtype=np.float64)
    seen = (table["labels"] == "hindsight").to_numpy()
    chart = figure(
        "What hindsight flatters: long in calm, cash otherwise, by the labels used",
        x="Sharpe ratio (a year)", y="labels, execution", height=320, hover="closest",
    )  # fmt: skip
    chart.add_trace(
        go.Bar(
            x=values, y=names, orientation="h", name="Sharpe ratio",
            text=[f"{value:.2f}" for value in values],
            textposition="outside", cliponaxis=False,
            marker={
                "color": [faded(QUIET, 0.35) if hind else COLORS[0] for hind in seen],
                "pattern": {"shape": ["/" if hind else "" for hind in seen], "fgcolor": QUIET},
            },
        )
    )  # fmt: skip
    chart.update_yaxes(autorange="reversed")
    return chart


def feature_means(result: RegimeResult) -> go.Figure:
    """Draw the centre of every standardised feature in each state of the last fit."""
    table = result.feature_means
    columns = [name for name in table.columns if pd.api.types.is_float_dtype(table[name])]
    names = [str(name) for name in table.get("regime", table.index)]
    values = table[columns].to_numpy(dtype=np.float64)
    chart = figure(
        "Feature centres of each regime in the last fit", x="feature", y="regime", height=300, hover="closest"
    )
    limit = float(np.nanmax(np.abs(values))) if values.size else 1.0
    chart.add_trace(
        go.Heatmap(
            x=[name.replace("_", " ") for name in columns], y=names, z=values, zmin=-limit, zmax=limit,
            name="centre",
            colorscale=DIVERGING, texttemplate="%{z:.2f}", textfont=ON_CELL, xgap=2, ygap=2,
            colorbar={"title": {"text": "deviations"}, "thickness": 12},
        )
    )  # fmt: skip
    chart.update_yaxes(autorange="reversed", showgrid=False)
    return chart


def refits(result: RegimeResult) -> go.Figure:
    """Draw how many published labels each refit would have given otherwise; they stay as published."""
    table = result.refits
    chart = figure(
        "Each refit: agreement with the fit before, and labels it would rewrite",
        x="first session labelled",
        y="share of bars",
        height=300,
    )
    index = pd.DatetimeIndex(table["session"])
    for column, label, color in (
        ("agreement", "training bars labelled as before", COLORS[0]),
        ("relabelled_share", "published labels it would change", COLORS[1]),
    ):
        values = pd.Series(table[column].to_numpy(dtype=np.float64), index=index)
        chart.add_trace(line(values, label, color=color).update(mode="lines+markers", hovertemplate="%{y:.1%}"))
    chart.update_yaxes(tickformat=".0%", range=[-0.02, 1.02])
    return chart
