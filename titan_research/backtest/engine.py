"""BacktestEngine: the compiled simulator decides, vectorbt audits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.critic import criticize
from titan_research.backtest.inputs import PairArrays, pair_arrays, spread_of, trading_start
from titan_research.backtest.ledger import Ledger, performance, simulate_pair, trade_frame
from titan_research.backtest.metrics import max_drawdown, sharpe_ratio
from titan_research.backtest.results import BacktestResult, SweepResult
from titan_research.backtest.stress import cost_stress
from titan_research.backtest.sweep import check_count, grid_frame, sweep_pair
from titan_research.calendar import periods_per_year
from titan_research.errors import ComputationFailed, InsufficientData, InvalidInput
from titan_research.pairs.spread import Spread
from titan_research.panel import Panel
from titan_research.parameters import (
    BacktestParameters,
    CostParameters,
    RuleParameters,
    SizingParameters,
    SpreadParameters,
)
from titan_research.types import HedgeMethod

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
        progress: Callable[[int, int], None] | None = None,
    ) -> BacktestResult:
        """Backtest one pair from the first bar that may decide to the end of the panel.

        Parameters
        ----------
        panel : closes; opens : opens of the same sessions, None = fill at closes
        progress : called with (steps done, steps) after the simulation and after the audit

        Notes
        -----
        Timing: the account opens when the windows are full and, with a fixed hedge ratio, after
        ``fitted_until``; bars before only warm up and count in no statistic. The decision of session t uses
        closes up to t and is filled at the next open (next close where a leg has no open). What is open at
        the end is closed at the last bar.
        Missing: a bar without a valid price in both legs fills nothing; the order waits. Positions are valued
        at the last valid close.

        The simulator's equity must equal vectorbt's for the same orders, less borrow, within 1e-9 of the
        larger of equity and capital, or ComputationFailed is raised.
        """
        chosen = BacktestParameters(
            spread=spread or SpreadParameters(),
            rules=rules or RuleParameters(),
            costs=self.costs,
            sizing=self.sizing,
        )
        pair = _checked(panel, y, x, opens, chosen.spread)
        signals = spread_of(pair, chosen.spread)
        first = trading_start(panel.index, chosen.spread)
        ledger = simulate_pair(pair, signals, chosen, first=first, last=len(panel) - 1).since(first)
        sessions = panel.index[first:].rename("session")
        capital = self.sizing.capital
        own = capital + np.cumsum(ledger.pnl)
        if progress is not None:
            progress(1, 2)
        audited, engine = self._audit(sessions, pair, ledger)
        if progress is not None:
            progress(2, 2)
        gap = float(np.max(np.abs(audited - own) / np.maximum(np.abs(own), capital)))
        if not gap <= _PARITY:
            raise ComputationFailed(
                f"{y}/{x}: the simulator and vectorbt disagree by {gap:.2e} of equity (allowed {_PARITY:.0e})",
                y=y,
                x=x,
            )
        trades = trade_frame(ledger, panel.index, self.sizing)
        metrics = performance(ledger.pnl, trades, ledger, capital=capital, periods=periods_per_year(panel.interval))
        held = np.abs(ledger.shares_y * _carried(pair.close_y)[first:]) + np.abs(
            ledger.shares_x * _carried(pair.close_x)[first:]
        )
        positions = pd.DataFrame(
            {
                **{name: values[first:] for name, values in _named(signals).items()},
                "position": ledger.position,
                "shares_y": ledger.shares_y,
                "shares_x": ledger.shares_x,
                "gross_exposure": np.nan_to_num(held),
                "pnl": ledger.pnl,
                "costs": ledger.costs.sum(axis=1),
            },
            index=sessions,
        )
        when = "next close" if pair.n_opens == 0 else "next open or close"
        if pair.n_opens == len(panel):
            when = "next open"
        return BacktestResult(
            y=y,
            x=x,
            parameters=chosen,
            start=sessions[0],
            end=sessions[-1],
            n_obs=len(sessions),
            execution=f"filled at the {when}",
            engine=f"vectorbt {engine}",
            panel_fingerprint=panel.select([y, x]).fingerprint,
            metrics=metrics,
            equity=pd.Series(own, index=sessions, name="equity"),
            positions=positions,
            trades=trades,
            findings=criticize(panel.series(y).iloc[first:], panel.series(x).iloc[first:], positions, trades, metrics),
            stress=cost_stress(panel, y=y, x=x, parameters=chosen, opens=opens),
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
        grid : values for zscore_window (or window), entry, exit, stop; counted and capped before anything is
            computed

        Notes
        -----
        Timing: every combination trades the same bars, from the first where the longest window is full. In
        sample: the best of many is flattered. Missing: as in `run`.
        """
        rules, spread = rules or RuleParameters(), spread or SpreadParameters()
        combinations = grid_frame(grid)
        if not pairs:
            raise InvalidInput("a sweep needs at least one pair")
        check_count(len(combinations) * len(pairs), f"{len(pairs)} pairs x {len(combinations):,} combinations")
        longest = spread.replace(zscore_window=int(combinations["zscore_window"].max()))
        first, periods = trading_start(panel.index, longest), periods_per_year(panel.interval)
        tables = []
        for done, (y, x) in enumerate(pairs):
            pair = _checked(panel, y, x, opens, longest)
            paths = sweep_pair(
                pair,
                spread=spread,
                grid=combinations,
                max_holding=rules.max_holding,
                costs=self.costs,
                sizing=self.sizing,
                first=first,
                last=len(panel) - 1,
            )
            capital, n_bars = self.sizing.capital, len(panel) - first
            table = combinations.assign(
                sharpe_ratio=[sharpe_ratio(row[first:] / capital, periods_per_year=periods) for row in paths.pnl],
                total_return=paths.pnl.sum(axis=1) / capital,
                max_drawdown=[max_drawdown(capital + np.cumsum(row[first - 1 :])) for row in paths.pnl],
                n_trades=paths.n_trades,
                turnover=paths.turnover / capital / n_bars * periods,
                time_in_market=paths.bars_in / n_bars,
            )
            table.insert(0, "y", y)
            table.insert(1, "x", x)
            tables.append(table)
            if progress is not None:
                progress(done + 1, len(pairs))
        return SweepResult(
            parameters=BacktestParameters(spread=spread, rules=rules, costs=self.costs, sizing=self.sizing),
            n_combinations=len(combinations) * len(pairs),
            start=panel.index[first],
            end=panel.index[-1],
            n_obs=len(panel) - first,
            panel_fingerprint=panel.fingerprint,
            table=pd.concat(tables, ignore_index=True),
        )

    def _audit(self, index: pd.DatetimeIndex, pair: PairArrays, ledger: Ledger) -> tuple[npt.NDArray[np.float64], str]:
        from titan_research.backtest._vectorbt import engine_name, replay

        costs = self.costs
        closes = np.column_stack([_carried(pair.close_y), _carried(pair.close_x)])[-len(index) :]
        value = replay(
            index,
            np.column_stack([ledger.shares_y, ledger.shares_x]),
            closes,
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
    both = np.isfinite(pair.close_y) & np.isfinite(pair.close_x)
    common, needed = int(both.sum()), spread.warmup + _MIN_TRADING
    if spread.method is HedgeMethod.FIXED:
        after = int(both[trading_start(panel.index, spread) :].sum())
        if after < _MIN_TRADING:
            raise InsufficientData(
                f"{y}/{x}: {after} common sessions after fitted_until={spread.fitted_until} and the warm-up, need "
                f"{_MIN_TRADING}; widen end or fit on earlier bars",
                y=y,
                x=x,
                n_obs=after,
            )
    if common < needed:
        raise InsufficientData(
            f"{y}/{x}: {common} common sessions, need {needed} ({spread.warmup} to warm up and "
            f"{_MIN_TRADING} to trade); widen start or use shorter windows",
            y=y,
            x=x,
            n_obs=common,
        )
    return pair


def _carried(prices: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    valid = np.where(np.isfinite(prices) & (prices > 0), prices, np.nan)
    carried: npt.NDArray[np.float64] = pd.Series(valid).ffill().to_numpy()
    return carried


def _named(signals: Spread) -> dict[str, npt.NDArray[np.float64]]:
    return {name: getattr(signals, name) for name in ("spread", "zscore", "hedge_ratio", "intercept")}
