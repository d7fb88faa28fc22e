"""ParameterService: optimise parameters, walk them forward, look at them by regime, keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from django_site.trading.models import ParameterSet
from services.base import BaseService, Watcher, operation, sync_wrap
from services.requests.base import iso_date
from services.requests.optimize import OptimizeRequest
from services.requests.regime_parameters import RegimeParametersRequest
from services.requests.walk_forward import WalkForwardRequest
from services.runs import RunState
from services.translation import queryset_frame
from services.universe import resolve_symbols
from titan_research.errors import InvalidParameters, NotFound
from titan_research.parameters import (
    BacktestParameters,
    Parameters,
    RegimeParameters,
    ScanParameters,
    WalkForwardParameters,
)

if TYPE_CHECKING:
    from titan_research.backtest.results import SweepResult
    from titan_research.walkforward.regime_parameters import RegimeParametersResult
    from titan_research.walkforward.results import WalkForwardResult

__all__ = ["ParameterService"]

_KINDS: dict[str, type[Parameters]] = {
    "backtest": BacktestParameters,
    "scan": ScanParameters,
    "regime": RegimeParameters,
    "walk_forward": WalkForwardParameters,
}


class ParameterService(BaseService):
    """Parameters: chosen on the past, judged on what came after."""

    @operation
    async def optimize(
        self,
        y: str,
        x: str,
        start: object = None,
        end: object = None,
        *,
        grid: Mapping[str, Iterable[float]] | None = None,
        parameters: BacktestParameters | None = None,
        progress: Watcher = None,
    ) -> SweepResult:
        """Every combination of a grid over one pair: an *in-sample* picture. Every combination counts as a trial.

        Parameters
        ----------
        grid : any of ``zscore_windows``, ``entries``, ``exits``, ``stops``; defaults stand for the rest
        """
        request = OptimizeRequest(
            y=y,
            x=x,
            start=iso_date(start, name="start"),
            end=iso_date(end, name="end"),
            parameters=parameters or BacktestParameters(),
            **_grid(grid),
        )
        return await self._perform(request, progress)

    @operation
    async def walk_forward(
        self,
        y: str | None = None,
        x: str | None = None,
        start: object = None,
        end: object = None,
        *,
        universe: str | Iterable[str] | None = None,
        parameters: WalkForwardParameters | Mapping[str, object] | None = None,
        progress: Watcher = None,
    ) -> WalkForwardResult:
        """Choose on each formation window, trade the next; with a ``universe`` the pairs too are chosen in the loop.

        Parameters
        ----------
        y, x : the pair; leave both out and give a universe to have pairs selected inside every window
        """
        return await self._perform(await self._walk_request(y, x, start, end, universe, parameters), progress)

    @operation
    async def enqueue_walk_forward(
        self,
        y: str | None = None,
        x: str | None = None,
        start: object = None,
        end: object = None,
        *,
        universe: str | Iterable[str] | None = None,
        parameters: WalkForwardParameters | Mapping[str, object] | None = None,
    ) -> RunState:
        """Record a walk-forward as a queued run; a worker (or `RunService.execute`) computes it."""
        return await self._enqueue(await self._walk_request(y, x, start, end, universe, parameters))

    async def _walk_request(
        self,
        y: str | None,
        x: str | None,
        start: object,
        end: object,
        universe: str | Iterable[str] | None,
        parameters: WalkForwardParameters | Mapping[str, object] | None,
    ) -> WalkForwardRequest:
        last = iso_date(end, name="end")
        if isinstance(parameters, Mapping):
            parameters = WalkForwardParameters.from_dict(parameters)
        if universe is None:
            universe = "sample" if y is None or x is None else (y, x)
        return WalkForwardRequest(
            symbols=await self._db(resolve_symbols, universe, as_of=last),
            y=y,
            x=x,
            start=iso_date(start, name="start"),
            end=last,
            parameters=parameters or WalkForwardParameters(),
        )

    @operation
    async def regime_parameters(
        self,
        y: str,
        x: str,
        start: object = None,
        end: object = None,
        *,
        regime_symbol: str = "SPX",
        grid: Mapping[str, Iterable[float]] | None = None,
        parameters: BacktestParameters | None = None,
        progress: Watcher = None,
    ) -> RegimeParametersResult:
        """One parameter set a regime beside the pooled one, shrunk to the pool and refused where there is too
        little data.
        """
        request = RegimeParametersRequest(
            y=y,
            x=x,
            start=iso_date(start, name="start"),
            end=iso_date(end, name="end"),
            regime_symbol=regime_symbol,
            parameters=parameters or BacktestParameters(),
            **_grid(grid),
        )
        return await self._perform(request, progress)

    @operation
    async def save(
        self,
        name: str,
        parameters: Parameters,
        *,
        y: str | None = None,
        x: str | None = None,
        regime: str | None = None,
    ) -> int:
        """Keep a parameter set under a name; the same content under the same name is kept once."""
        return await self._db(_save, name, parameters, y, x, regime, self.owner_id)

    @operation
    async def load(self, name: str, *, kind: str = "backtest") -> Parameters:
        """The newest parameter set of that name, as an object."""
        return await self._db(_load, name, kind)

    @operation
    async def list_sets(self, *, kind: str | None = None) -> pd.DataFrame:
        """Kept parameter sets, newest first."""
        return await self._db(_sets_frame, kind)

    optimize_sync = sync_wrap(optimize)
    walk_forward_sync = sync_wrap(walk_forward)
    enqueue_walk_forward_sync = sync_wrap(enqueue_walk_forward)
    regime_parameters_sync = sync_wrap(regime_parameters)
    save_sync = sync_wrap(save)
    load_sync = sync_wrap(load)
    list_sets_sync = sync_wrap(list_sets)


def _grid(grid: Mapping[str, Iterable[float]] | None) -> dict[str, Any]:
    known = ("zscore_windows", "entries", "exits", "stops")
    unknown = sorted(set(grid or ()) - set(known))
    if unknown:
        raise InvalidParameters(f"unknown grid axes {unknown}; known are {list(known)}")
    return {name: tuple(values) for name, values in (grid or {}).items()}


def _save(
    name: str, parameters: Parameters, y: str | None, x: str | None, regime: str | None, owner_id: int | None
) -> int:
    kind = next((kind for kind, owner in _KINDS.items() if isinstance(parameters, owner)), None)
    if kind is None:
        raise InvalidParameters(f"expected one of {sorted(_KINDS)} parameters, received {type(parameters).__name__}")
    kept, _ = ParameterSet.objects.get_or_create(
        kind=kind,
        fingerprint=parameters.fingerprint(),
        name=name,
        defaults={"values": parameters.to_dict(), "y": y, "x": x, "regime": regime, "owner_id": owner_id},
    )
    return int(kept.pk)


def _load(name: str, kind: str) -> Parameters:
    if kind not in _KINDS:
        raise InvalidParameters(f"kind must be one of {sorted(_KINDS)}; received {kind!r}")
    kept = ParameterSet.objects.filter(name=name, kind=kind).order_by("-created_at", "-pk").first()
    if kept is None:
        raise NotFound(f"there are no {kind} parameters named {name!r}; `list_sets` shows them", name=name)
    return _KINDS[kind].from_dict(kept.values)


def _sets_frame(kind: str | None) -> pd.DataFrame:
    sets = ParameterSet.objects.order_by("-created_at", "-pk")
    if kind is not None:
        sets = sets.filter(kind=kind)
    return queryset_frame(sets, ("id", "name", "kind", "y", "x", "regime", "fingerprint", "created_at"))
