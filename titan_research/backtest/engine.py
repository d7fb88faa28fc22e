"""BacktestEngine: the compiled simulator decides, vectorbt audits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.critic import criticize
from titan_research.backtest.inputs import PairArrays, pair_arrays, spread_of
from titan_research.backtest.ledger import Ledger, performance, simulate_pair, trade_frame
from titan_research.backtest.metrics import max_drawdown, sharpe_ratio
from titan_research.backtest.results import BacktestResult, SweepResult
from titan_research.backtest.sweep import grid_frame, sweep_pair
from titan_research.calendar import periods_per_year
from titan_research.errors import ComputationFailed, InsufficientData, InvalidInput
from titan_research.panel import Panel
from titan_research.parameters import (
    BacktestParameters,
    CostParameters,
    RuleParameters,
    SizingParameters,
    SpreadParameters,
)

__all__ = ["BacktestEngine"]

_PARITY = 1e-9
_MIN_TRADING = 60


class BacktestEngine:
    """Trades the spread of two legs as one object: decided at the close of t, filled at t + 1, costs on by default.

    Parameters
    ----------
    costs : commission, slippage and borrow
    sizing : committed capital and gross exposure of a trade; fixed notional, nothing compounds
    """

    def __init__(self, costs: CostParameters | None = None, sizing: SizingParameters | None = None) -> None:
        self.costs = costs or CostParameters()
        self.sizing = sizing or SizingParameters()

    def run(
        self,
        panel: Panel,
        *,
        y: str,
        x: str,
        spread: SpreadParameters | None = None,
        rules: RuleParameters | None = None,
        opens: Panel | None = None,
    ) -> BacktestResult:
        """Backtest one pair over the whole panel.

        Parameters
        ----------
        panel : closes; opens : opens of the same sessions, None = fill at closes

        Notes
        -----
        Timing: the decision of session t uses closes up to t and is filled at the next open (next close where a leg has
        no open). What is open at the end is closed at the last bar. Missing: a bar without a valid price in both legs
        fills nothing; the order waits. Positions are valued at the last valid close.

        The equity is vectorbt's for the simulator's orders less borrow; both must agree within 1e-9 or ComputationFailed
        is raised.
        """
        chosen = BacktestParameters(
            spread=spread or SpreadParameters(),
            rules=rules or RuleParameters(),
            costs=self.costs,
            sizing=self.sizing,
        )
        pair = _checked(panel, y, x, opens, chosen.spread)
        signals = spread_of(pair, chosen.spread)
        ledger = simulate_pair(pair, signals, chosen, first=0, last=len(panel) - 1)
        capital = self.sizing.capital
        own = capital + np.cumsum(ledger.pnl)
        audited, engine = self._audit(panel.index, pair, ledger)
        gap = float(np.max(np.abs(audited - own) / np.abs(own)))
        if not gap <= _PARITY:
            raise ComputationFailed(
                f"{y}/{x}: the simulator and vectorbt disagree by {gap:.2e} of equity (allowed {_PARITY:.0e})",
                y=y,
                x=x,
            )
        trades = trade_frame(ledger, panel.index, self.sizing)
        metrics = performance(
            ledger.pnl, trades, ledger, capital=capital, periods=periods_per_year(panel.interval)
        )
        held = np.abs(ledger.shares_y * _carried(pair.close_y)) + np.abs(
            ledger.shares_x * _carried(pair.close_x)
        )
        positions = pd.DataFrame(
            {
                "spread": signals.spread,
                "zscore": signals.zscore,
                "hedge_ratio": signals.hedge_ratio,
                "intercept": signals.intercept,
                "position": ledger.position,
                "shares_y": ledger.shares_y,
                "shares_x": ledger.shares_x,
                "gross_exposure": np.nan_to_num(held),
                "pnl": ledger.pnl,
                "costs": ledger.costs.sum(axis=1),
            },
            index=panel.index.rename("session"),
        )
        when = (
            "next open"
            if pair.n_opens == len(panel)
            else "next close"
            if pair.n_opens == 0
            else "next open or close"
        )
        return BacktestResult(
            y=y,
            x=x,
            parameters=chosen,
            start=panel.index[0],
            end=panel.index[-1],
            n_obs=len(panel),
            execution=f"filled at the {when}",
            engine=f"vectorbt {engine}",
            panel_fingerprint=panel.select([y, x]).fingerprint,
            metrics=metrics,
            equity=pd.Series(own, index=panel.index.rename("session"), name="equity"),
            positions=positions,
            trades=trades,
            findings=criticize(panel.series(y), panel.series(x), positions, trades, metrics),
        )

    def sweep(
        self,
        panel: Panel,
        *,
        pairs: Sequence[tuple[str, str]],
        grid: dict[str, list[Any]],
        spread: SpreadParameters | None = None,
        rules: RuleParameters | None = None,
        opens: Panel | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> SweepResult:
        """Every pair with every combination of the grid, in sample.

        Parameters
        ----------
        grid : values for zscore_window (or window), entry, exit, stop; counted and capped before anything is computed
        """
        rules, spread = rules or RuleParameters(), spread or SpreadParameters()
        combinations = grid_frame(grid)
        if not pairs:
            raise InvalidInput("a sweep needs at least one pair")
        periods = periods_per_year(panel.interval)
        tables = []
        for done, (y, x) in enumerate(pairs):
            pair = _checked(panel, y, x, opens, spread)
            paths = sweep_pair(
                pair,
                spread=spread,
                grid=combinations,
                max_holding=rules.max_holding,
                costs=self.costs,
                sizing=self.sizing,
                first=0,
                last=len(panel) - 1,
            )
            capital = self.sizing.capital
            table = combinations.assign(
                sharpe_ratio=[sharpe_ratio(row / capital, periods_per_year=periods) for row in paths.pnl],
                total_return=paths.pnl.sum(axis=1) / capital,
                max_drawdown=[
                    max_drawdown(capital + np.concatenate([[0.0], np.cumsum(row)])) for row in paths.pnl
                ],
                n_trades=paths.n_trades,
                turnover=paths.turnover / capital / len(panel) * periods,
                time_in_market=paths.bars_in / len(panel),
            )
            table.insert(0, "y", y)
            table.insert(1, "x", x)
            tables.append(table)
            if progress is not None:
                progress(done + 1, len(pairs))
        return SweepResult(
            parameters=BacktestParameters(spread=spread, rules=rules, costs=self.costs, sizing=self.sizing),
            n_combinations=len(combinations) * len(pairs),
            start=panel.index[0],
            end=panel.index[-1],
            n_obs=len(panel),
            panel_fingerprint=panel.fingerprint,
            table=pd.concat(tables, ignore_index=True),
        )

    def _audit(
        self, index: pd.DatetimeIndex, pair: PairArrays, ledger: Ledger
    ) -> tuple[npt.NDArray[np.float64], str]:
        from titan_research.backtest._vectorbt import engine_name, replay

        costs = self.costs
        value = replay(
            index,
            np.column_stack([ledger.shares_y, ledger.shares_x]),
            np.column_stack([pair.close_y, pair.close_x]),
            np.column_stack([ledger.fill_y, ledger.fill_x]),
            commission=costs.commission,
            slippage=costs.slippage,
            fixed_commission=costs.fixed_commission,
            capital=self.sizing.capital,
        )
        return value - np.cumsum(ledger.costs[:, 2]), engine_name()


def _checked(panel: Panel, y: str, x: str, opens: Panel | None, spread: SpreadParameters) -> PairArrays:
    if y == x:
        raise InvalidInput(f"a pair needs two different symbols; received {y} twice")
    pair = pair_arrays(panel, y, x, opens)
    common = int((np.isfinite(pair.close_y) & np.isfinite(pair.close_x)).sum())
    needed = spread.warmup + _MIN_TRADING
    if common < needed:
        raise InsufficientData(
            f"{y}/{x}: {common} common sessions, need {needed} ({spread.warmup} to warm up and {_MIN_TRADING} to trade); "
            "widen start or use shorter windows",
            y=y,
            x=x,
            n_obs=common,
        )
    return pair


def _carried(prices: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return pd.Series(prices).ffill().to_numpy()
