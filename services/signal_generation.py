"""SignalGenerationService: generate, list and manage signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from django.db.models import Q

from django_site.trading.models import Signal, TradingPair
from services.base import BaseService, Watcher, operation, sync_wrap
from services.requests.base import iso_date
from services.requests.signals import PairPlan, SignalsRequest
from services.runs import RunState
from services.translation import queryset_frame
from titan_research.errors import InvalidInput, NotFound
from titan_research.parameters import BacktestParameters
from titan_research.types import PairStatus, SignalStatus

if TYPE_CHECKING:
    from titan_research.signals import SignalResult

__all__ = ["SignalGenerationService"]

_COLUMNS = (
    "id", "pair__y__symbol", "pair__x__symbol", "session", "action", "position", "zscore", "hedge_ratio",
    "weight_y", "weight_x", "regime", "size_multiplier", "reason", "status", "run_id",
)  # fmt: skip


class SignalGenerationService(BaseService):
    """Signals: what to do with every active pair at the next session."""

    @operation
    async def generate(
        self, as_of: object = None, *, regime_symbol: str | None = None, progress: Watcher = None
    ) -> SignalResult:
        """Run the state machine of every active pair up to ``as_of`` and say what to do at the next bar.

        Parameters
        ----------
        as_of : nothing after this date is read; None = the last stored session
        regime_symbol : scale sizes by the published regime of this series (half in stress); None = do not

        Returns
        -------
        SignalResult, one row a pair. Stored once per (pair, session, parameters); older active signals are superseded.
        """
        return await self._perform(await self._request(as_of, regime_symbol), progress)

    @operation
    async def enqueue_generation(self, as_of: object = None, *, regime_symbol: str | None = None) -> RunState:
        """Record a generation as a queued run; a worker (or `RunService.execute`) computes it."""
        return await self._enqueue(await self._request(as_of, regime_symbol))

    async def _request(self, as_of: object, regime_symbol: str | None) -> SignalsRequest:
        plans = await self._db(_plans, self.owner_id)
        return SignalsRequest(pairs=plans, end=iso_date(as_of, name="as_of"), regime_symbol=regime_symbol)

    @operation
    async def active(self) -> pd.DataFrame:
        """The signals in force, one a pair."""
        return await self._db(_signals_frame, SignalStatus.ACTIVE, None, None, 1_000)

    @operation
    async def list_signals(
        self,
        *,
        y: str | None = None,
        x: str | None = None,
        status: SignalStatus | None = None,
        limit: int = 200,
    ) -> pd.DataFrame:
        """Signals of the past and present, newest first."""
        return await self._db(_signals_frame, None if status is None else SignalStatus(status), y, x, limit)

    @operation
    async def close_signal(self, signal_id: int) -> int:
        """Take an active signal out of force by hand."""
        return await self._db(_close, signal_id)

    generate_sync = sync_wrap(generate)
    enqueue_generation_sync = sync_wrap(enqueue_generation)
    active_sync = sync_wrap(active)
    list_signals_sync = sync_wrap(list_signals)
    close_signal_sync = sync_wrap(close_signal)


def _plans(owner_id: int | None) -> tuple[PairPlan, ...]:
    mine = Q(owner__isnull=True) if owner_id is None else Q(owner__isnull=True) | Q(owner_id=owner_id)
    pairs = (
        TradingPair.objects.filter(mine, status=PairStatus.ACTIVE)
        .select_related("y", "x", "parameters")
        .order_by("y__symbol", "x__symbol")
    )
    plans = tuple(
        PairPlan(
            y=pair.y.symbol,
            x=pair.x.symbol,
            parameters=BacktestParameters()
            if pair.parameters is None
            else BacktestParameters.from_dict(pair.parameters.values),
            origin="default" if pair.run_id is None else f"run {pair.run_id}",
        )
        for pair in pairs
    )
    if not plans:
        raise InvalidInput("there is no active trading pair; create one: `titan pair KO PEP --create`")
    return plans


def _signals_frame(status: SignalStatus | None, y: str | None, x: str | None, limit: int) -> pd.DataFrame:
    chosen = Q()
    if status is not None:
        chosen &= Q(status=status)
    if y is not None:
        chosen &= Q(pair__y__symbol=y)
    if x is not None:
        chosen &= Q(pair__x__symbol=x)
    signals = Signal.objects.filter(chosen).order_by("-session", "pair__y__symbol", "pair__x__symbol")[:limit]
    return queryset_frame(signals, _COLUMNS).rename(columns={"pair__y__symbol": "y", "pair__x__symbol": "x"})


def _close(signal_id: int) -> int:
    closed = Signal.objects.filter(pk=signal_id, status=SignalStatus.ACTIVE).update(status=SignalStatus.CLOSED)
    if not closed:
        raise NotFound(f"there is no active signal {signal_id}; `titan signals active` lists them", signal_id=signal_id)
    return closed
