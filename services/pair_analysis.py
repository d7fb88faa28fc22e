"""PairAnalysisService: scan a universe, test a pair, follow its stability, keep the pairs worth trading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd
from django.db import transaction
from django.db.models import Q

from django_site.trading.models import Instrument, ParameterSet, TradingPair
from services.base import BaseService, Watcher, operation, sync_wrap
from services.requests.base import iso_date
from services.requests.pair_test import PairTestRequest
from services.requests.scan import ScanRequest
from services.requests.stability import StabilityRequest
from services.runs import RunState
from services.translation import queryset_frame
from services.universe import resolve_symbols
from titan_research.errors import InvalidInput, NotFound
from titan_research.parameters import BacktestParameters, ScanParameters
from titan_research.types import HedgeMethod, PairStatus

if TYPE_CHECKING:
    from titan_research.pairs.results import PairTestResult, ScanResult, StabilityResult

__all__ = ["PairAnalysisService"]


class PairAnalysisService(BaseService):
    """Pairs: from a universe of prices to trading pairs."""

    @operation
    async def find_cointegrated_pairs(
        self,
        universe: str | Iterable[str] = "sample",
        start: object = None,
        end: object = None,
        *,
        parameters: ScanParameters | None = None,
        progress: Watcher = None,
    ) -> ScanResult:
        """Test every ordered pair of the universe for cointegration and correct for the number of tests.

        Parameters
        ----------
        universe : name of a universe (members as of ``end``) or symbols
        start, end : inclusive dates; None = all there is
        parameters : trend, lags, alpha; see `ScanParameters`
        progress : called with (done, total) pairs

        Returns
        -------
        ScanResult; the null hypothesis of every test is "no cointegration", ``q_value`` is Benjamini-Yekutieli over
        all tests
        """
        request = await self._scan_request(universe, start, end, parameters)
        return await self._perform(request, progress)

    @operation
    async def enqueue_scan(
        self,
        universe: str | Iterable[str] = "sample",
        start: object = None,
        end: object = None,
        *,
        parameters: ScanParameters | None = None,
    ) -> RunState:
        """Record a scan as a queued run; a worker (or `RunService.execute`) computes it."""
        return await self._enqueue(await self._scan_request(universe, start, end, parameters))

    async def _scan_request(
        self, universe: str | Iterable[str], start: object, end: object, parameters: ScanParameters | None
    ) -> ScanRequest:
        last = iso_date(end, name="end")
        symbols = await self._db(resolve_symbols, universe, as_of=last)
        if len(symbols) < 2:
            raise InvalidInput(f"a scan needs at least two symbols; received {', '.join(symbols) or 'none'}")
        return ScanRequest(
            symbols=symbols,
            start=iso_date(start, name="start"),
            end=last,
            parameters=parameters or ScanParameters(),
        )

    @operation
    async def test_pair(
        self,
        y: str,
        x: str,
        start: object = None,
        end: object = None,
        *,
        parameters: ScanParameters | None = None,
    ) -> PairTestResult:
        """Engle-Granger test of y on x, equal to ``statsmodels.tsa.stattools.coint``; null hypothesis "no
        cointegration".
        """
        return await self._perform(
            PairTestRequest(
                y=y,
                x=x,
                start=iso_date(start, name="start"),
                end=iso_date(end, name="end"),
                parameters=parameters or ScanParameters(),
            )
        )

    @operation
    async def pair_stability(
        self,
        y: str,
        x: str,
        start: object = None,
        end: object = None,
        *,
        window: int = 504,
        step: int = 63,
        parameters: ScanParameters | None = None,
        progress: Watcher = None,
    ) -> StabilityResult:
        """Repeat the test in rolling windows: share of significant windows, drift of hedge ratio and half-life."""
        request = StabilityRequest(
            y=y,
            x=x,
            start=iso_date(start, name="start"),
            end=iso_date(end, name="end"),
            window=window,
            step=step,
            parameters=parameters or ScanParameters(),
        )
        return await self._perform(request, progress)

    @operation
    async def create_trading_pair(
        self,
        y: str,
        x: str,
        *,
        parameters: BacktestParameters | None = None,
        status: PairStatus = PairStatus.ACTIVE,
        note: str = "",
        run_id: int | None = None,
    ) -> dict[str, Any]:
        """Keep a pair with the parameters that signals are made with; asking again updates it."""
        chosen = parameters or BacktestParameters()
        return await self._db(_keep_pair, y, x, chosen, PairStatus(status), note, run_id, self.owner_id)

    @operation
    async def retire_trading_pair(self, y: str, x: str) -> int:
        """Stop making signals for a pair; its history stays."""
        return await self._db(_retire_pair, y, x)

    @operation
    async def trading_pairs(self, *, status: PairStatus | None = None) -> pd.DataFrame:
        """The pairs that are kept: y, x, status, hedge method, note."""
        return await self._db(_pairs_frame, None if status is None else PairStatus(status))

    find_cointegrated_pairs_sync = sync_wrap(find_cointegrated_pairs)
    enqueue_scan_sync = sync_wrap(enqueue_scan)
    test_pair_sync = sync_wrap(test_pair)
    pair_stability_sync = sync_wrap(pair_stability)
    create_trading_pair_sync = sync_wrap(create_trading_pair)
    retire_trading_pair_sync = sync_wrap(retire_trading_pair)
    trading_pairs_sync = sync_wrap(trading_pairs)


@transaction.atomic
def _keep_pair(
    y: str,
    x: str,
    parameters: BacktestParameters,
    status: PairStatus,
    note: str,
    run_id: int | None,
    owner_id: int | None,
) -> dict[str, Any]:
    if y == x:
        raise InvalidInput(f"a pair needs two different symbols; received {y} twice")
    legs = {item.symbol: item for item in Instrument.objects.filter(symbol__in=[y, x])}
    for symbol in (y, x):
        if symbol not in legs:
            raise NotFound(f"there is no instrument {symbol}; ingest its prices first", symbol=symbol)
    kept, _ = ParameterSet.objects.get_or_create(
        kind="backtest",
        fingerprint=parameters.fingerprint(),
        name=f"{y}/{x}",
        defaults={"values": parameters.to_dict(), "y": y, "x": x, "owner_id": owner_id, "run_id": run_id},
    )
    pair, created = TradingPair.objects.update_or_create(
        y=legs[y],
        x=legs[x],
        defaults={
            "hedge_method": HedgeMethod(parameters.spread.method).value,
            "status": status.value,
            "parameters": kept,
            "note": note,
            "run_id": run_id,
        },
        create_defaults={
            "hedge_method": HedgeMethod(parameters.spread.method).value,
            "status": status.value,
            "parameters": kept,
            "note": note,
            "run_id": run_id,
            "owner_id": owner_id,
        },
    )
    return {
        "id": pair.pk,
        "y": y,
        "x": x,
        "status": status.value,
        "created": created,
        "parameters": parameters.to_dict(),
    }


def _retire_pair(y: str, x: str) -> int:
    retired = TradingPair.objects.filter(y__symbol=y, x__symbol=x).update(status=PairStatus.RETIRED)
    if not retired:
        raise NotFound(f"there is no trading pair {y}/{x}", y=y, x=x)
    return retired


def _pairs_frame(status: PairStatus | None) -> pd.DataFrame:
    chosen = Q() if status is None else Q(status=status)
    frame = queryset_frame(
        TradingPair.objects.filter(chosen).order_by("y__symbol", "x__symbol"),
        ("id", "y__symbol", "x__symbol", "status", "hedge_method", "parameters__name", "note"),
    )
    return frame.rename(columns={"y__symbol": "y", "x__symbol": "x", "parameters__name": "parameters"})
