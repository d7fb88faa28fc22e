"""The same backtest at other cost levels and with slower execution."""

from __future__ import annotations

import numpy as np
import pandas as pd

from titan_research.backtest.inputs import PairArrays, pair_arrays, spread_of, trading_start
from titan_research.backtest.ledger import simulate_pair
from titan_research.backtest.metrics import sharpe_ratio
from titan_research.calendar import periods_per_year
from titan_research.pairs.spread import Spread
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters

__all__ = ["cost_stress"]


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
    """
    pair = pair_arrays(panel, y, x, opens)
    signals = spread_of(pair, parameters.spread)
    periods, capital = periods_per_year(panel.interval), parameters.sizing.capital
    first = trading_start(panel.index, parameters.spread)

    def row(stress: str, level: float, chosen: BacktestParameters, used: Spread) -> dict[str, object]:
        pnl = simulate_pair(pair, used, chosen, first=first, last=len(panel) - 1).pnl[first:]
        total = float(pnl.sum() / capital)
        return {
            "stress": stress,
            "level": float(level),
            "sharpe_ratio": sharpe_ratio(pnl / capital, periods_per_year=periods),
            "annualized_return": total / len(pnl) * periods,
            "total_return": total,
        }

    rows = [row("costs", level, _dearer(parameters, level), signals) for level in multiples]
    rows += [row("delay", delay, parameters, _later(signals, delay - 1, pair)) for delay in delays]
    return pd.DataFrame(rows).astype({"stress": "str"})


def _dearer(parameters: BacktestParameters, multiple: float) -> BacktestParameters:
    costs = parameters.costs
    names = ("commission", "slippage", "fixed_commission", "borrow_rate")
    return parameters.replace(costs=costs.replace(**{name: getattr(costs, name) * multiple for name in names}))


def _later(signals: Spread, bars: int, pair: PairArrays) -> Spread:
    if bars == 0:
        return signals

    def shifted(
        values: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.concatenate([np.full(bars, np.nan), values[:-bars]])

    return Spread(*(shifted(part) for part in signals))
