"""Model to DataFrame and back, result rows to model rows, Django and the time-series store."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from django.db import models, transaction

from django_site.trading.models import BarSeries, Instrument, PriceBar
from titan_research.errors import InvalidInput
from titan_research.panel import Panel
from titan_research.results import json_value

__all__ = [
    "bars_frame",
    "finite",
    "frame_to_models",
    "instruments_frame",
    "opens_of",
    "queryset_frame",
    "records",
    "register_instruments",
    "split_rows",
]

T = TypeVar("T")
M = TypeVar("M", bound=models.Model)


def finite(value: Any) -> float | None:
    """A float for a nullable column: undefined becomes NULL."""
    number = float(value)
    return number if math.isfinite(number) else None


def _cell(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return finite(value)
    if isinstance(value, pd.Timestamp):
        return None if value is pd.NaT else value.to_pydatetime()
    if isinstance(value, np.generic):
        return value.item()
    return None if value is pd.NaT else value


def records(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of a frame as keyword arguments of a model: plain Python values, undefined numbers None."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise InvalidInput(f"expected columns {missing}; the frame has {list(frame.columns)}")
    series = [frame[name].tolist() if frame[name].dtype.kind in "iufb" else list(frame[name]) for name in columns]
    for values in zip(*series, strict=True):
        yield {name: _cell(value) for name, value in zip(columns, values, strict=True)}


def split_rows(rows: Iterable[T], size: int = 2_000) -> Iterator[list[T]]:
    """Parts of at most ``size`` rows."""
    iterator = iter(rows)
    while part := list(islice(iterator, size)):
        yield part


def opens_of(panel: Panel) -> Panel | None:
    """The panel of opens, or None where the source had closes only."""
    return None if bool(np.isnan(panel.values).all()) else panel


def queryset_frame(queryset: models.QuerySet[Any], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Rows of any queryset as a frame: one query, columns as named (``pair__y__symbol`` works), times in UTC."""
    names = list(columns) if columns is not None else [field.attname for field in queryset.model._meta.concrete_fields]
    frame = pd.DataFrame.from_records(list(queryset.values_list(*names)), columns=names)
    for name in names:
        if len(frame) and frame[name].map(lambda value: hasattr(value, "tzinfo")).all():
            frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def frame_to_models(model: type[M], frame: pd.DataFrame, **constants: Any) -> list[M]:
    """Unsaved model instances from the rows of a frame; columns must be fields of the model."""
    known = {field.name for field in model._meta.concrete_fields} | {
        field.attname for field in model._meta.concrete_fields
    }
    unknown = sorted(set(frame.columns) - known)
    if unknown:
        raise InvalidInput(f"{model.__name__} has no fields {unknown}; it has {sorted(known)}")
    return [model(**row, **constants) for row in records(frame, list(frame.columns))]


def bars_frame(symbol: str, *, interval: str = "1d") -> pd.DataFrame:
    """The bars of one symbol as the ORM sees them: the same rows that the market store reads."""
    bars = PriceBar.objects.filter(series__symbol=symbol, series__interval=interval).order_by("time")
    return queryset_frame(bars, ("time", "open", "high", "low", "close", "volume"))


def instruments_frame() -> pd.DataFrame:
    """Instruments with the coverage of their daily bars."""
    frame = queryset_frame(Instrument.objects.order_by("symbol"), ("symbol", "name", "sector", "exchange", "is_index"))
    series = queryset_frame(
        BarSeries.objects.all(), ("symbol", "interval", "n_bars", "first_time", "last_time", "revision")
    )
    return frame.merge(series, on="symbol", how="left")


@transaction.atomic
def register_instruments(symbols: Iterable[str], facts: dict[str, dict[str, Any]] | None = None) -> int:
    """Make sure that every symbol of the time-series store is an Instrument; returns how many were new."""
    wanted = list(dict.fromkeys(symbols))
    known = set(Instrument.objects.filter(symbol__in=wanted).values_list("symbol", flat=True))
    facts = facts or {}
    new = [Instrument(symbol=symbol, **json_value(facts.get(symbol, {}))) for symbol in wanted if symbol not in known]
    Instrument.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
