"""What a sceptical colleague would say about a finished backtest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from titan_research.backtest.results import PerformanceMetrics

__all__ = ["criticize"]

_FEW_TRADES = 30
_STALE = 5
_COLUMNS = ["severity", "finding", "detail"]


def criticize(
    y: pd.Series, x: pd.Series, positions: pd.DataFrame, trades: pd.DataFrame, metrics: PerformanceMetrics
) -> pd.DataFrame:
    """Findings on a backtest: severity ("warning" or "note"), finding (one sentence), detail (the numbers).

    Notes
    -----
    Timing: hindsight, looks at the whole finished run and changes nothing.
    """
    findings = [
        *_few(trades),
        *_concentrated(trades),
        *_one_month(positions),
        *_sign(positions),
        *_costs(trades, metrics),
        *_stale(y, x, positions),
        *_blind(positions),
        *_seldom(metrics),
    ]
    return pd.DataFrame(findings, columns=_COLUMNS).astype("str")


def _few(trades: pd.DataFrame) -> list[tuple[str, str, str]]:
    if len(trades) >= _FEW_TRADES:
        return []
    return [
        (
            "warning",
            "Few trades: the result rests on little evidence.",
            f"{len(trades)} trades, {_FEW_TRADES} would be a start",
        )
    ]


def _concentrated(trades: pd.DataFrame) -> list[tuple[str, str, str]]:
    total = float(trades["pnl"].sum()) if len(trades) else 0.0
    best = float(trades["pnl"].max()) if len(trades) else 0.0
    if total <= 0 or best < 0.3 * total:
        return []
    return [
        (
            "warning",
            "One trade earned much of the profit.",
            f"{best:,.0f} of {total:,.0f} dollars ({best / total:.0%})",
        )
    ]


def _one_month(positions: pd.DataFrame) -> list[tuple[str, str, str]]:
    monthly = positions["pnl"].groupby(positions.index.strftime("%Y-%m")).sum()
    total, best = float(monthly.sum()), float(monthly.max())
    if total <= 0 or best < 0.4 * total:
        return []
    return [
        (
            "warning",
            "One month earned much of the profit.",
            f"{monthly.idxmax()}: {best:,.0f} of {total:,.0f} dollars",
        )
    ]


def _sign(positions: pd.DataFrame) -> list[tuple[str, str, str]]:
    ratio = positions["hedge_ratio"].dropna()
    share = float((ratio < 0).mean()) if len(ratio) else 0.0
    if share < 0.02:
        return []
    return [
        (
            "warning",
            "The hedge ratio was negative at times: both legs were then on the same side.",
            f"{share:.0%} of sessions",
        )
    ]


def _costs(trades: pd.DataFrame, metrics: PerformanceMetrics) -> list[tuple[str, str, str]]:
    gross = float(trades["gross_pnl"].sum()) if len(trades) else 0.0
    costs = metrics.commission + metrics.slippage + metrics.borrow
    if gross <= 0 or costs < 0.5 * gross:
        return []
    return [
        (
            "warning",
            "Costs took more than half of what trading earned.",
            f"{costs:,.0f} of {gross:,.0f} dollars before costs",
        )
    ]


def _stale(y: pd.Series, x: pd.Series, positions: pd.DataFrame) -> list[tuple[str, str, str]]:
    held = positions["shares_y"].to_numpy() != 0
    found = []
    for leg in (y, x):
        unchanged = (leg.diff() == 0).to_numpy()
        runs = pd.Series(unchanged).rolling(_STALE).sum().to_numpy() == _STALE
        count = int(np.sum(runs & held))
        if count:
            detail = f"{leg.name}: {count} sessions held after {_STALE} equal closes"
            found.append(("warning", "A leg's price stood still while it was held.", detail))
    return found


def _blind(positions: pd.DataFrame) -> list[tuple[str, str, str]]:
    blind = int((positions["zscore"].isna() & (positions["shares_y"] != 0)).sum())
    if not blind:
        return []
    return [
        (
            "warning",
            "A position was held while its z-score was unknown: no rule could close it.",
            f"{blind} sessions; a missing close leaves no z-score until the windows are full again",
        )
    ]


def _seldom(metrics: PerformanceMetrics) -> list[tuple[str, str, str]]:
    if metrics.time_in_market >= 0.05:
        return []
    return [("note", "The pair was seldom in the market.", f"{metrics.time_in_market:.1%} of sessions")]
