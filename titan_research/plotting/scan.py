"""Figures of a cointegration scan: what was found, against what chance alone would have found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from titan_research.pairs.results import ScanResult
from titan_research.plotting.theme import BAD, COLORS, GOOD, QUIET, faded, figure, log_axis

__all__ = ["funnel", "p_value_histogram", "q_value_heatmap", "shared_names", "statistic_and_half_life"]

_BINS = 20


def _tested(scan: ScanResult) -> pd.DataFrame:
    return scan.table[scan.table["status"] == "ok"]


def p_value_histogram(scan: ScanResult) -> go.Figure:
    """Draw the p-values of all tests against the flat line that independent series would give."""
    counts, edges = np.histogram(_tested(scan)["p_value"], bins=_BINS, range=(0.0, 1.0))
    uniform = scan.n_tests / _BINS
    chart = figure(
        f"p-values of {scan.n_tests:,} tests: {scan.n_significant:,} below {scan.parameters.alpha:g}, "
        f"{scan.expected_false:,.0f} expected by chance",
        x="p-value", y="number of tests", hover="x",
    )  # fmt: skip
    below = edges[:-1] < scan.parameters.alpha
    chart.add_trace(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2, y=counts, width=1 / _BINS * 0.94, name="tests",
            marker={"color": [COLORS[1] if low else COLORS[0] for low in below]},
        )
    )  # fmt: skip
    chart.add_trace(
        go.Scatter(
            x=[0.0, 1.0],
            y=[uniform, uniform],
            mode="lines",
            name="no pair cointegrated",
            line={"color": QUIET, "dash": "dash"},
        )
    )
    return chart


def funnel(scan: ScanResult) -> go.Figure:
    """Draw how many ordered pairs are left after each condition; every step keeps those before it."""
    table, parameters = scan.table, scan.parameters
    tested = _tested(scan)
    significant = tested[tested["p_value"] < parameters.alpha]
    reverting = significant[significant["half_life"].between(parameters.min_half_life, parameters.max_half_life)]
    discovered = reverting[reverting["q_value"] <= parameters.alpha]
    steps = {
        "ordered pairs": len(table),
        "with a test": len(tested),
        f"p < {parameters.alpha:g}": len(significant),
        f"half-life {parameters.min_half_life:g} to {parameters.max_half_life:g} bars": len(reverting),
        f"q <= {parameters.alpha:g} after correction": len(discovered),
    }
    chart = figure(
        "From pairs to discoveries",
        x="number of ordered pairs (log scale)",
        y="",
        height=300,
        hover="closest",
    )
    names, counts = list(steps), list(steps.values())
    chart.add_trace(
        go.Bar(
            x=counts, y=names, orientation="h", name="pairs", text=[f"{count:,}" for count in counts],
            textposition="outside", cliponaxis=False, marker={"color": [QUIET, *[COLORS[0]] * 3, COLORS[1]]},
        )
    )  # fmt: skip
    chart.update_yaxes(autorange="reversed", title_text="condition")
    log_axis(chart, 0.5, max(counts[0], 2) * 2.0, axis="x")
    return chart


def statistic_and_half_life(scan: ScanResult) -> go.Figure:
    """Draw test statistic against half-life of every tested pair: strong and quick is lower left.

    A half-life beyond the length of the sample is no number to believe; such pairs stand at the right edge.
    """
    tested = _tested(scan)
    tested = tested[tested["half_life"] > 0]
    longest = float(max(scan.n_obs, 2 * scan.parameters.max_half_life))
    chart = figure(
        "Strength of the test and speed of reversion",
        x=f"half-life (bars, log; {longest:,.0f} = more)", y="Engle-Granger statistic", hover="closest",
    )  # fmt: skip
    kept = tested["q_value"] <= scan.parameters.alpha
    groups = ((~kept, "not a discovery", QUIET, 5), (kept, f"q <= {scan.parameters.alpha:g}", COLORS[1], 8))
    for mask, name, color, size in groups:
        rows = tested[mask]
        if rows.empty:
            continue
        chart.add_trace(
            go.Scatter(
                x=rows["half_life"].clip(upper=longest).to_numpy(), y=rows["statistic"].to_numpy(),
                mode="markers",
                name=name, text=[f"{y} on {x}" for y, x in zip(rows["y"], rows["x"], strict=True)],
                customdata=rows[["p_value", "q_value", "half_life"]].to_numpy(),
                hovertemplate="%{text}<br>statistic %{y:.2f}<br>half-life %{customdata[2]:.1f} bars<br>"
                "p %{customdata[0]:.4f}, q %{customdata[1]:.3f}<extra></extra>",
                marker={"color": faded(color, 0.75), "size": size},
            )
        )  # fmt: skip
    low, high = scan.parameters.min_half_life, scan.parameters.max_half_life
    fastest = float(min(tested["half_life"].min(), max(low, 0.5))) if len(tested) else 0.5
    log_axis(chart, fastest * 0.8, longest * 1.2, axis="x")
    chart.add_vrect(
        x0=max(low, fastest * 0.8), x1=high, fillcolor=faded(GOOD, 0.08), line_width=0,
        annotation_text="half-life band",
        annotation_position="top left",
    )  # fmt: skip
    return chart


def shared_names(scan: ScanResult, *, n: int = 20) -> go.Figure:
    """Draw the best ``n`` pairs as lines between symbols on a circle: names that many share are one bet."""
    best = scan.best(n)
    names = sorted(set(best["y"]) | set(best["x"]))
    angles = {name: 2 * np.pi * position / max(len(names), 1) for position, name in enumerate(names)}
    degree = pd.concat([best["y"], best["x"]]).value_counts()
    chart = figure(f"The {len(best)} best pairs share {len(names)} names", x="", y="", height=520, hover="closest")
    for survives, color, name in (
        (False, QUIET, "not a discovery"),
        (True, COLORS[1], "survives correction"),
    ):
        x: list[float | None] = []
        y: list[float | None] = []
        for row in best[best["survives"] == survives].itertuples():
            x += [float(np.cos(angles[row.y])), float(np.cos(angles[row.x])), None]
            y += [float(np.sin(angles[row.y])), float(np.sin(angles[row.x])), None]
        if x:
            chart.add_trace(
                go.Scatter(x=x, y=y, mode="lines", name=name, line={"color": faded(color, 0.6)}, hoverinfo="skip")
            )
    chart.add_trace(
        go.Scatter(
            x=[float(np.cos(angles[name])) for name in names],
            y=[float(np.sin(angles[name])) for name in names],
            mode="markers+text", name="symbols", text=names, textposition="top center",
            customdata=[int(degree[name]) for name in names],
            marker={"size": [8 + 3 * int(degree[name]) for name in names], "color": COLORS[0]},
            hovertemplate="%{text}: %{customdata} pairs<extra></extra>",
        )
    )  # fmt: skip
    chart.update_xaxes(visible=False, range=[-1.3, 1.3])
    chart.update_yaxes(visible=False, range=[-1.25, 1.35], scaleanchor="x")
    return chart


def q_value_heatmap(scan: ScanResult) -> go.Figure:
    """Draw the q-value of every ordered pair, dependent leg down, independent leg across; dark is small."""
    names = list(scan.symbols)
    matrix = _tested(scan).pivot(index="y", columns="x", values="q_value").reindex(index=names, columns=names)
    chart = figure(
        f"q-values of all ordered pairs (Benjamini-Yekutieli over {scan.n_tests:,} tests)",
        x="independent leg x", y="dependent leg y", height=120 + max(280, 20 * len(names)), hover="closest",
    )  # fmt: skip
    chart.add_trace(
        go.Heatmap(
            x=names, y=names, z=matrix.to_numpy(dtype=np.float64), zmin=0.0, zmax=1.0, name="q-value",
            colorscale=[[0.0, BAD], [0.1, COLORS[4]], [1.0, "rgba(125,136,148,0.08)"]],
            colorbar={"title": {"text": "q-value"}, "thickness": 12}, xgap=1, ygap=1,
            hovertemplate="%{y} on %{x}: q %{z:.3f}<extra></extra>",
        )
    )  # fmt: skip
    chart.update_yaxes(autorange="reversed", tickmode="linear", dtick=1)
    chart.update_xaxes(tickmode="linear", dtick=1, tickangle=-60)
    return chart
