"""Figures of a backtest: where the money came from, what it cost and how bad it got on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from titan_research.backtest.results import BacktestResult, SweepResult
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
)

__all__ = [
    "cost_stress",
    "cost_waterfall",
    "equity_and_drawdown",
    "excursions",
    "exposure",
    "monthly_returns",
    "pnl_by_reason",
    "sweep_surface",
    "trade_pnl",
]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _pair(result: BacktestResult) -> str:
    return f"{result.y} / {result.x}"


def _dollars(value: float) -> str:
    return f"{'-' if value < 0 else ''}${abs(value):,.0f}"


def equity_and_drawdown(result: BacktestResult) -> go.Figure:
    """Draw equity in dollars after costs and, below, how far it is under its highest point so far."""
    capital = result.parameters.sizing.capital
    highest = result.equity.cummax().clip(lower=capital)
    chart = panels(
        f"{_pair(result)}: equity after costs, fixed notional of ${capital:,.0f}, and drawdown",
        x="session", y=["equity ($)", "drawdown (fraction)"], heights=[0.7, 0.3], height=460,
    )  # fmt: skip
    chart.add_trace(line(result.equity, "equity", color=COLORS[0]).update(hovertemplate="$%{y:,.0f}"), row=1, col=1)
    under = line(result.equity / highest - 1.0, "drawdown", color=BAD, width=1.0)
    under.update(fill="tozeroy", fillcolor=faded(BAD, 0.18), hovertemplate="%{y:.2%}")
    chart.add_trace(under, row=2, col=1)
    reference(chart, capital, "capital", row=1)
    chart.update_yaxes(tickformat="$,.0f", row=1, col=1)
    chart.update_yaxes(tickformat=".1%", row=2, col=1)
    return chart


def trade_pnl(result: BacktestResult) -> go.Figure:
    """Draw how the profit of single trades is spread, winners and losers apart."""
    pnl = result.trades["pnl"].to_numpy(dtype=np.float64)
    chart = figure(
        f"{_pair(result)}: profit and loss of {len(pnl)} trades after costs",
        x="P&L of a trade ($)", y="number of trades", hover="x",
    )  # fmt: skip
    if not len(pnl):
        return note(chart, "no trades")
    edges = np.histogram_bin_edges(pnl, bins=min(40, max(8, len(pnl) // 3)))
    edges = np.unique(np.append(edges, 0.0))
    counts, _ = np.histogram(pnl, bins=edges)
    middle, width = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    for wins, name, color in ((True, "winners", GOOD), (False, "losers", BAD)):
        mine = (middle > 0) == wins
        if counts[mine].any():
            chart.add_trace(
                go.Bar(
                    x=middle[mine], y=counts[mine], width=width[mine] * 0.94, name=name,
                    marker={"color": color},
                )
            )  # fmt: skip
    mean = f"mean {_dollars(float(pnl.mean()))}"
    chart.add_vline(x=float(pnl.mean()), line={"color": QUIET, "dash": "dash"}, annotation_text=mean)
    return chart


def excursions(result: BacktestResult) -> go.Figure:
    """Draw the P&L of each trade against its worst and best moment; on the diagonal it closed there."""
    trades = result.trades
    chart = figure(
        f"{_pair(result)}: what trades went through before they closed",
        x="largest loss (MAE) or gain (MFE) while open ($)", y="P&L ($)", hover="closest",
    )  # fmt: skip
    if trades.empty:
        return note(chart, "no trades")
    for column, name, color in (("mae", "worst moment (MAE)", BAD), ("mfe", "best moment (MFE)", GOOD)):
        chart.add_trace(
            go.Scatter(
                x=trades[column].to_numpy(dtype=np.float64), y=trades["pnl"].to_numpy(dtype=np.float64),
                name=name,
                mode="markers", marker={"color": faded(color, 0.7), "size": 7},
                text=[f"{row.entry:%Y-%m-%d}, {row.bars} bars, {row.reason}" for row in trades.itertuples()],
                hovertemplate="%{text}<br>excursion $%{x:,.0f}<br>P&L $%{y:,.0f}<extra></extra>",
            )
        )  # fmt: skip
    ends = [float(trades["mae"].min()), float(trades["mfe"].max())]
    chart.add_trace(
        go.Scatter(
            x=ends, y=ends, mode="lines", name="closed there", line={"color": QUIET, "dash": "dot"},
            hoverinfo="skip",
        )
    )  # fmt: skip
    return chart


def monthly_returns(result: BacktestResult) -> go.Figure:
    """Draw the return on capital of every month (sums of daily returns: the notional is fixed)."""
    returns = result.returns
    stamps = pd.DatetimeIndex(returns.index)
    table = returns.groupby([stamps.year, stamps.month]).sum().unstack().reindex(columns=range(1, 13))
    values = table.to_numpy(dtype=np.float64)
    limit = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.01
    text = [["" if not np.isfinite(value) or value == 0 else f"{value:.1%}" for value in row] for row in values]
    chart = figure(
        f"{_pair(result)}: return of each month, fraction of capital after costs",
        x="month", y="year", height=130 + 24 * max(len(table), 6), hover="closest",
    )  # fmt: skip
    chart.add_trace(
        go.Heatmap(
            x=list(_MONTHS), y=[str(year) for year in table.index], z=values, zmin=-limit or -0.01,
            zmax=limit or 0.01,
            colorscale=DIVERGING, text=text, texttemplate="%{text}", textfont={**ON_CELL, "size": 10},
            name="return",
            showscale=False, xgap=1, ygap=1, hovertemplate="%{x} %{y}: %{z:.2%}<extra></extra>",
        )
    )  # fmt: skip
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False)
    chart.update_xaxes(showgrid=False)
    return chart


def cost_waterfall(result: BacktestResult) -> go.Figure:
    """Draw what is left of the gross profit after commission, slippage and borrow."""
    metrics = result.metrics
    net = float(result.positions["pnl"].sum())
    costs = (metrics.commission, metrics.slippage, metrics.borrow)
    gross = net + sum(costs)
    steps = [gross, *(-cost for cost in costs), net]
    chart = figure(
        f"{_pair(result)}: from gross to net profit",
        x="", y="dollars", height=340, hover="closest",
    )  # fmt: skip
    chart.add_trace(
        go.Waterfall(
            x=["gross P&L", "commission", "slippage", "borrow", "net P&L"], y=steps, name="P&L",
            measure=["absolute", "relative", "relative", "relative", "total"],
            text=[_dollars(value) for value in steps], textposition="outside", cliponaxis=False,
            increasing={"marker": {"color": GOOD}}, decreasing={"marker": {"color": BAD}},
            totals={"marker": {"color": COLORS[0]}}, connector={"line": {"color": QUIET, "width": 1}},
        )
    )  # fmt: skip
    chart.update_xaxes(title_text="from gross to net")
    chart.update_yaxes(tickformat="$,.0f")
    return chart


def cost_stress(table: pd.DataFrame) -> go.Figure:
    """Draw the Sharpe ratio at other cost levels and with later fills: the table of `backtest.stress`."""
    chart = figure(
        "The same backtest with dearer and with slower execution",
        x="multiple of all costs, or bars from decision to fill", y="Sharpe ratio (a year)", height=320,
    )  # fmt: skip
    for stress, name, color in (
        ("costs", "costs multiplied", COLORS[0]),
        ("delay", "filled later", COLORS[1]),
    ):
        rows = table[table["stress"] == stress]
        if rows["sharpe_ratio"].notna().any():
            chart.add_trace(
                go.Scatter(
                    x=rows["level"].to_numpy(dtype=np.float64),
                    y=rows["sharpe_ratio"].to_numpy(dtype=np.float64),
                    mode="lines+markers", name=name, line={"color": color}, hovertemplate="%{y:.2f}",
                )
            )  # fmt: skip
    reference(chart, 0.0, dash="solid")
    return chart


def exposure(result: BacktestResult) -> go.Figure:
    """Draw the gross value of both legs at each close over capital; below zero the spread is held short."""
    held = result.positions["gross_exposure"] / result.parameters.sizing.capital
    side = np.sign(result.positions["shares_y"])
    chart = figure(
        f"{_pair(result)}: gross exposure (below zero: short the spread), held "
        f"{result.metrics.time_in_market:.0%} of the time",
        x="session", y="multiple of capital", height=280,
    )  # fmt: skip
    signed = line(held * side, "gross exposure", color=COLORS[0], width=1.0)
    chart.add_trace(signed.update(fill="tozeroy", fillcolor=faded(COLORS[0], 0.25), hovertemplate="%{y:.2f}"))
    return chart


def pnl_by_reason(result: BacktestResult) -> go.Figure:
    """Draw the profit of all trades together by the reason they were closed for, long and short apart."""
    trades = result.trades
    chart = figure(
        f"{_pair(result)}: P&L by reason of exit and side",
        x="reason of exit",
        y="P&L ($)",
        height=320,
        hover="x",
    )
    if trades.empty:
        return note(chart, "no trades")
    for long, name, color in ((True, "long the spread", COLORS[0]), (False, "short the spread", COLORS[1])):
        mine = trades[(trades["shares_y"] > 0) == long]
        if mine.empty:
            continue
        grouped = mine.groupby(mine["reason"].astype(str))["pnl"].agg(["sum", "count"])
        chart.add_trace(
            go.Bar(
                x=[reason.replace("_", " ") for reason in grouped.index], y=grouped["sum"].to_numpy(),
                name=name,
                marker={"color": color}, text=[f"{count} trades" for count in grouped["count"]],
                textposition="outside", cliponaxis=False, hovertemplate="$%{y:,.0f}, %{text}",
            )
        )  # fmt: skip
    chart.update_yaxes(tickformat="$,.0f")
    return chart


def sweep_surface(result: SweepResult, *, down: str = "entry", across: str = "zscore_window") -> go.Figure:
    """Draw the Sharpe ratio over two parameters, averaged over pairs and the other parameters; in sample.

    A plateau of similar cells is worth more than the best cell.
    """
    axes = ("zscore_window", "entry", "exit", "stop")
    if down not in axes or across not in axes or down == across:
        raise InvalidInput(f"need two different axes of {axes}; received {down!r} and {across!r}")
    table = result.table.pivot_table(index=down, columns=across, values="sharpe_ratio", aggfunc="mean")
    values = table.to_numpy(dtype=np.float64)
    limit = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    chart = figure(
        f"Mean in-sample Sharpe ratio of {result.n_combinations:,} combinations (the best of many flatters)",
        x=across.replace("_", " "), y=down.replace("_", " "), height=360, hover="closest",
    )  # fmt: skip
    chart.add_trace(
        go.Heatmap(
            x=[f"{value:g}" for value in table.columns], y=[f"{value:g}" for value in table.index], z=values,
            zmin=-limit, zmax=limit, colorscale=DIVERGING, texttemplate="%{z:.2f}", textfont=ON_CELL,
            xgap=2, ygap=2,
            name="Sharpe ratio", colorbar={"title": {"text": "Sharpe ratio"}, "thickness": 12},
        )
    )  # fmt: skip
    chart.update_xaxes(type="category", showgrid=False)
    chart.update_yaxes(type="category", showgrid=False)
    return chart
