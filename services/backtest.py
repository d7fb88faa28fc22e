"""BacktestService: run, store and analyse backtests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from django.db.models import Q

from django_site.trading.models import Backtest
from services import runs
from services.base import BaseService, Watcher, operation, sync_wrap
from services.requests.backtest import BacktestRequest
from services.requests.base import iso_date
from services.runs import RunState
from services.translation import queryset_frame
from titan_research.errors import NotFound
from titan_research.parameters import BacktestParameters

if TYPE_CHECKING:
    from titan_research.backtest.results import BacktestResult

__all__ = ["BacktestService"]

_COLUMNS = (
    "run_id", "y", "x", "start", "end", "sharpe_ratio", "annualized_return", "annualized_volatility",
    "max_drawdown", "calmar_ratio", "probabilistic_sharpe_ratio", "n_trades", "win_rate", "turnover", "total_cost",
)  # fmt: skip


class BacktestService(BaseService):
    """Backtests of one pair, with costs on and fills at the next bar."""

    @operation
    async def backtest_pair(
        self,
        y: str,
        x: str,
        start: object = None,
        end: object = None,
        *,
        parameters: BacktestParameters | Mapping[str, object] | None = None,
        progress: Watcher = None,
    ) -> BacktestResult:
        """Trade the spread of y and x: decided at the close of t, filled at t + 1, both legs in one account.

        Returns
        -------
        BacktestResult with equity, two-leg trades, metrics (after commission, slippage and borrow) and the
        critic's findings.
        """
        return await self._perform(_request(y, x, start, end, parameters), progress)

    @operation
    async def enqueue_backtest(
        self,
        y: str,
        x: str,
        start: object = None,
        end: object = None,
        *,
        parameters: BacktestParameters | Mapping[str, object] | None = None,
    ) -> RunState:
        """Record a backtest as a queued run; a worker (or `RunService.execute`) computes it."""
        return await self._enqueue(_request(y, x, start, end, parameters))

    @operation
    async def load(self, run_id: int) -> BacktestResult:
        """The stored result of a backtest run, bit for bit."""
        request = await self._db(runs.load_request, run_id)
        if not isinstance(request, BacktestRequest):
            raise NotFound(f"run {run_id} is a {request.job}, not a backtest", run_id=run_id)
        return await self._db(runs.load_result, run_id, request)

    @operation
    async def list_backtests(self, *, y: str | None = None, x: str | None = None, limit: int = 100) -> pd.DataFrame:
        """Stored backtests, newest first, with their metrics."""
        return await self._db(_backtests_frame, y, x, limit)

    @operation
    async def compare(self, run_ids: list[int]) -> pd.DataFrame:
        """The metrics of several backtests side by side, one column a run."""
        frames = [(run_id, await self.load(run_id)) for run_id in run_ids]
        return pd.DataFrame(
            {f"{result.y}/{result.x} (run {run_id})": result.metrics.to_frame().iloc[0] for run_id, result in frames}
        )

    @operation
    async def cost_stress(self, run_id: int) -> pd.DataFrame:
        """The backtest of a run at other cost levels and with later fills: what is left of the edge."""
        return (await self.load(run_id)).stress

    backtest_pair_sync = sync_wrap(backtest_pair)
    enqueue_backtest_sync = sync_wrap(enqueue_backtest)
    load_sync = sync_wrap(load)
    list_backtests_sync = sync_wrap(list_backtests)
    compare_sync = sync_wrap(compare)
    cost_stress_sync = sync_wrap(cost_stress)


def _request(
    y: str, x: str, start: object, end: object, parameters: BacktestParameters | Mapping[str, object] | None
) -> BacktestRequest:
    if isinstance(parameters, Mapping):
        parameters = BacktestParameters.from_dict(parameters)
    return BacktestRequest(
        y=y,
        x=x,
        start=iso_date(start, name="start"),
        end=iso_date(end, name="end"),
        parameters=parameters or BacktestParameters(),
    )


def _backtests_frame(y: str | None, x: str | None, limit: int) -> pd.DataFrame:
    chosen = Q()
    if y is not None:
        chosen &= Q(y=y)
    if x is not None:
        chosen &= Q(x=x)
    return queryset_frame(Backtest.objects.filter(chosen).order_by("-run_id")[:limit], _COLUMNS)
