"""Universes by date, and the names that stand for a list of symbols."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date

import pandas as pd
from django.db import transaction
from django.db.models import Q

from django_site.trading.models import Instrument, Universe, UniverseMembership
from titan_research.errors import NotFound
from titan_research.validation import check_symbols

__all__ = ["resolve_symbols", "save_universe"]


def resolve_symbols(universe: str | Iterable[str], *, as_of: str | None = None) -> tuple[str, ...]:
    """The symbols of a universe as it was on that day (today's members without a date), or the given symbol or
    symbols.
    """
    if not isinstance(universe, str):
        return check_symbols(universe)
    found = Universe.objects.filter(name=universe).first()
    if found is None and Instrument.objects.filter(symbol=universe).exists():
        return (universe,)
    if found is None:
        names = list(Universe.objects.values_list("name", flat=True))
        close = difflib.get_close_matches(universe, names, n=3)
        hint = (
            f"did you mean {', '.join(close)}?"
            if close
            else f"there are {', '.join(names) or 'none yet: `titan ingest sample`'}"
        )
        raise NotFound(f"there is no universe {universe!r}; {hint}", universe=universe)
    members = UniverseMembership.objects.filter(universe=found)
    if as_of is not None:
        day = date.fromisoformat(as_of[:10])
        members = members.filter(Q(end_on__isnull=True) | Q(end_on__gte=day), start_on__lte=day)
    else:
        members = members.filter(end_on__isnull=True)
    return tuple(members.order_by("instrument__symbol").values_list("instrument__symbol", flat=True))


@transaction.atomic
def save_universe(
    name: str, symbols: Iterable[str], *, description: str = "", start_on: str = "1900-01-01"
) -> pd.DataFrame:
    """Create a universe or add members to it from ``start_on``; members that are there already stay as they are."""
    wanted = check_symbols(symbols)
    found = {item.symbol: item for item in Instrument.objects.filter(symbol__in=wanted)}
    missing = [symbol for symbol in wanted if symbol not in found]
    if missing:
        raise NotFound(f"there are no instruments {', '.join(missing)}; ingest their prices first", symbols=missing)
    universe, _ = Universe.objects.get_or_create(name=name, defaults={"description": description})
    there = set(UniverseMembership.objects.filter(universe=universe).values_list("instrument__symbol", flat=True))
    since = date.fromisoformat(start_on)
    UniverseMembership.objects.bulk_create(
        UniverseMembership(universe=universe, instrument=found[symbol], start_on=since)
        for symbol in wanted
        if symbol not in there
    )
    return pd.DataFrame({"universe": name, "symbol": list(resolve_symbols(name))})
