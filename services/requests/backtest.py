"""Backtest one pair."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import Backtest, BacktestTrade, Run
from services.progress import Progress
from services.requests.base import Need, PairRequest
from services.translation import finite, opens_of, records, split_rows
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters
from titan_research.types import Job

if TYPE_CHECKING:
    from titan_research.backtest.results import BacktestResult

__all__ = ["BacktestRequest"]

_METRICS = (
    "total_return", "annualized_return", "annualized_volatility", "sharpe_ratio", "sortino_ratio", "calmar_ratio",
    "max_drawdown", "probabilistic_sharpe_ratio", "win_rate", "turnover",
)  # fmt: skip
_TRADE = (
    "side", "decided", "entry", "exit", "bars", "reason", "hedge_ratio", "shares_y", "shares_x", "gross_pnl",
    "commission", "slippage", "borrow", "pnl", "return_on_gross",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRequest(PairRequest["BacktestResult"]):
    """Trade the spread of y and x with fixed rules: decided at the close, filled at the next bar, costs charged."""

    job: ClassVar[Job] = Job.BACKTEST

    parameters: BacktestParameters = dataclasses.field(default_factory=BacktestParameters)

    @property
    def title(self) -> str:
        return f"Backtest of {self.pair}"

    @property
    def hypothesis(self) -> str:
        return self.pair

    def needs(self) -> tuple[Need, ...]:
        return self.closes(), self.opens()

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> BacktestResult:
        from titan_research.backtest.engine import BacktestEngine

        engine = BacktestEngine(costs=self.parameters.costs, sizing=self.parameters.sizing)
        closes, opens = panels
        return engine.run(
            closes,
            y=self.y,
            x=self.x,
            spread=self.parameters.spread,
            rules=self.parameters.rules,
            opens=opens_of(opens),
        )

    @classmethod
    def result_type(cls) -> type[BacktestResult]:
        from titan_research.backtest.results import BacktestResult

        return BacktestResult

    def write_rows(self, run: Run, result: BacktestResult) -> None:
        Backtest.objects.filter(run=run).delete()
        metrics = result.metrics
        backtest = Backtest.objects.create(
            run=run,
            y=result.y,
            x=result.x,
            parameters=self.parameters.to_dict(),
            start=result.start,
            end=result.end,
            n_obs=result.n_obs,
            execution=result.execution,
            engine=result.engine,
            n_trades=metrics.n_trades,
            total_cost=finite(metrics.commission + metrics.slippage + metrics.borrow),
            **{name: finite(getattr(metrics, name)) for name in _METRICS},
        )
        rows = (
            BacktestTrade(backtest=backtest, number=number, **row)
            for number, row in enumerate(records(result.trades, _TRADE), start=1)
        )
        for part in split_rows(rows):
            BacktestTrade.objects.bulk_create(part)

    def headline(self, result: BacktestResult) -> dict[str, Any]:
        metrics = result.metrics
        return {
            "sharpe_ratio": metrics.sharpe_ratio,
            "annualized_return": metrics.annualized_return,
            "max_drawdown": metrics.max_drawdown,
            "n_trades": metrics.n_trades,
        }

    def trials(self, result: BacktestResult) -> tuple[int, float | None]:
        return 1, finite(result.metrics.sharpe_ratio)
