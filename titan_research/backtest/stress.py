"""The same backtest at other cost levels and with slower execution."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.inputs import pair_arrays, spread_of, trading_start
from titan_research.backtest.ledger import simulate_pair
from titan_research.backtest.metrics import sharpe_ratio
from titan_research.calendar import periods_per_year
from titan_research.pairs.spread import Spread
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters

__all__ = ["cost_stress"]

Floats = npt.NDArray[np.float64]


def cost_stress(
    panel: Panel,
    *,
    y: str,
    x: str,
    parameters: BacktestParameters,
    opens: Panel | None = None,
    multiples: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 3.0),
    delays: tuple[int, ...] = (1, 2, 3),
) -> pd.DataFrame:
    """Sharpe ratio and return when costs are multiplied, and when fills come later.

    Parameters
    ----------
    multiples : of every cost at once
    delays : bars from the decision to the fill; 1 is the backtest itself

    Returns
    -------
    DataFrame: stress ("costs" or "delay"), level, sharpe_ratio, annualized_return, total_return

    Notes
    -----
    Timing: as the backtest; a delayed order is sized with the closes of the bar before its fill.
    Missing: as the backtest. No decision depends on a cost, so every dollar paid is multiplied.
    """
    pair, last = pair_arrays(panel, y, x, opens), len(panel) - 1
    signals, first = spread_of(pair, parameters.spread), trading_start(panel.index, parameters.spread)
    periods, capital = periods_per_year(panel.interval), parameters.sizing.capital

    def row(stress: str, level: float, pnl: Floats) -> dict[str, object]:
        total = float(pnl.sum() / capital)
        return {
            "stress": stress,
            "level": float(level),
            "sharpe_ratio": sharpe_ratio(pnl / capital, periods_per_year=periods),
            "annualized_return": total / len(pnl) * periods,
            "total_return": total,
        }

    book = simulate_pair(pair, signals, parameters, first=first, last=last).since(first)
    paid = book.costs.sum(axis=1)
    rows = [row("costs", level, book.pnl + (1.0 - level) * paid) for level in multiples]
    for delay in delays:
        later = simulate_pair(pair, _later(signals, delay - 1), parameters, first=first + delay - 1, last=last)
        rows.append(row("delay", delay, later.pnl[first:]))
    return pd.DataFrame(rows).astype({"stress": "str"})


def _later(signals: Spread, bars: int) -> Spread:
    """The signals of so many bars ago."""
    return Spread(*(np.concatenate([np.full(bars, np.nan), part[: len(part) - bars]]) for part in signals))
