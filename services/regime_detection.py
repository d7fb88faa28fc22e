"""RegimeDetectionService: detect regimes and shifts, keep and manage their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from django.db import transaction

from django_site.trading.models import MarketRegime, RegimeModel, RegimeShift, Run
from services.base import BaseService, Watcher, operation, sync_wrap
from services.requests.base import iso_date
from services.requests.regime import RegimeRequest
from services.runs import RunState
from services.translation import queryset_frame
from titan_research.errors import NotFound
from titan_research.parameters import RegimeParameters

if TYPE_CHECKING:
    from titan_research.regimes.results import RegimeResult

__all__ = ["RegimeDetectionService"]


class RegimeDetectionService(BaseService):
    """Regimes of a market: labels published day by day, never rewritten."""

    @operation
    async def detect(
        self,
        symbol: str = "SPX",
        start: object = None,
        end: object = None,
        *,
        parameters: RegimeParameters | Mapping[str, object] | None = None,
        progress: Watcher = None,
    ) -> RegimeResult:
        """Walk the detector through the history of ``symbol``: fitted on the past alone, one published label a session.

        The label of session t uses prices up to the close of t and may be acted on from t + 1.
        """
        return await self._perform(_request(symbol, start, end, parameters), progress)

    @operation
    async def enqueue_detection(
        self,
        symbol: str = "SPX",
        start: object = None,
        end: object = None,
        *,
        parameters: RegimeParameters | Mapping[str, object] | None = None,
    ) -> RunState:
        """Record a detection as a queued run; a worker (or `RunService.execute`) computes it."""
        return await self._enqueue(_request(symbol, start, end, parameters))

    @operation
    async def shifts(self, symbol: str = "SPX") -> pd.DataFrame:
        """The shifts that the current model of ``symbol`` published: session, from, to, probability."""
        return await self._db(_shifts_frame, symbol)

    @operation
    async def current(self, symbol: str = "SPX") -> dict[str, Any]:
        """The regime of the last session, since when, and the run that says so."""
        return await self._db(_current, symbol)

    @operation
    async def list_models(self, *, symbol: str | None = None) -> pd.DataFrame:
        """Stored detections, newest first; at most one per symbol and model is current."""
        return await self._db(_models_frame, symbol)

    @operation
    async def make_current(self, run_id: int) -> dict[str, Any]:
        """Let signals and pages read this detection instead of the present one."""
        return await self._db(_make_current, run_id)

    @operation
    async def delete(self, run_id: int) -> int:
        """Remove a detection with its regimes, shifts and run; returns the number of spells that went."""
        return await self._db(_delete, run_id)

    detect_sync = sync_wrap(detect)
    enqueue_detection_sync = sync_wrap(enqueue_detection)
    shifts_sync = sync_wrap(shifts)
    current_sync = sync_wrap(current)
    list_models_sync = sync_wrap(list_models)
    make_current_sync = sync_wrap(make_current)
    delete_sync = sync_wrap(delete)


def _request(
    symbol: str, start: object, end: object, parameters: RegimeParameters | Mapping[str, object] | None
) -> RegimeRequest:
    if isinstance(parameters, Mapping):
        parameters = RegimeParameters.from_dict(parameters)
    return RegimeRequest(
        symbol=symbol,
        start=iso_date(start, name="start"),
        end=iso_date(end, name="end"),
        parameters=parameters or RegimeParameters(),
    )


def _model(symbol: str) -> RegimeModel:
    model = RegimeModel.objects.filter(symbol=symbol, is_current=True).order_by("-run_id").first()
    if model is None:
        raise NotFound(f"no regimes were detected for {symbol} yet; run `titan regimes {symbol}`", symbol=symbol)
    return model


def _shifts_frame(symbol: str) -> pd.DataFrame:
    shifts = RegimeShift.objects.filter(model=_model(symbol)).order_by("session")
    return queryset_frame(shifts, ("session", "from_regime", "to_regime", "probability"))


def _current(symbol: str) -> dict[str, Any]:
    model = _model(symbol)
    spell = MarketRegime.objects.filter(model=model).order_by("-number").first()
    return {
        "symbol": symbol,
        "regime": model.current_regime,
        "since": None if spell is None else pd.Timestamp(spell.start),
        "as_of": pd.Timestamp(model.end),
        "model": model.model,
        "run_id": model.run_id,
    }


def _models_frame(symbol: str | None) -> pd.DataFrame:
    models = RegimeModel.objects.order_by("-run_id")
    if symbol is not None:
        models = models.filter(symbol=symbol)
    columns = (
        "run_id",
        "symbol",
        "model",
        "n_regimes",
        "start",
        "end",
        "shifts_per_year",
        "current_regime",
        "is_current",
    )
    return queryset_frame(models, columns)


@transaction.atomic
def _make_current(run_id: int) -> dict[str, Any]:
    model = RegimeModel.objects.filter(run_id=run_id).first()
    if model is None:
        raise NotFound(f"run {run_id} is no regime detection", run_id=run_id)
    RegimeModel.objects.filter(symbol=model.symbol, is_current=True).update(is_current=False)
    RegimeModel.objects.filter(pk=model.pk).update(is_current=True)
    return _current(model.symbol)


@transaction.atomic
def _delete(run_id: int) -> int:
    model = RegimeModel.objects.filter(run_id=run_id).first()
    if model is None:
        raise NotFound(f"run {run_id} is no regime detection", run_id=run_id)
    spells = MarketRegime.objects.filter(model=model).count()
    Run.objects.filter(pk=run_id).delete()
    return spells
