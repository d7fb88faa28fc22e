"""Which columns lists can be filtered and ordered by; anything else is refused by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import models
from django_filters import CharFilter, FilterSet, IsoDateTimeFilter, NumberFilter
from django_filters.fields import IsoDateTimeField
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from titan_research.errors import InvalidInput

__all__ = ["MomentField", "RowFilters", "StrictOrdering", "SymbolFilter", "refuse_unknown"]

PAGE_NAMES = frozenset({"limit", "offset", "ordering"})
FIRST_YEAR, LAST_YEAR = 1700, 2261


class MomentField(IsoDateTimeField):
    """An ISO date or instant that every database can hold in every zone."""

    def to_python(self, value: Any) -> Any:
        try:
            moment = super().to_python(value)
        except (OverflowError, ValueError) as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
        if isinstance(moment, datetime) and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(f"Expected a year from {FIRST_YEAR} to {LAST_YEAR}.", code="invalid")
        return moment


class MomentFilter(IsoDateTimeFilter):
    field_class = MomentField


class BoundedInteger(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -(2**31), "max_value": 2**53, **options})


class IntegerFilter(NumberFilter):
    field_class = BoundedInteger

    def get_max_validator(self) -> None:
        return None


class SymbolFilter(CharFilter):
    """A ticker, exactly."""


_DEFAULTS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.ForeignKey: {"filter_class": IntegerFilter},
    models.OneToOneField: {"filter_class": IntegerFilter},
    models.AutoField: {"filter_class": IntegerFilter},
    models.IntegerField: {"filter_class": IntegerFilter},
    models.DateTimeField: {"filter_class": MomentFilter},
}


class RowFilters(FilterSet):
    """Base of all filter sets: ids are bounded numbers, times are ISO."""

    FILTER_DEFAULTS = {**FilterSet.FILTER_DEFAULTS, **_DEFAULTS}  # noqa: RUF012


class StrictOrdering(OrderingFilter):
    """``?ordering=-created_at``; a column that lists cannot be ordered by is refused instead of ignored."""

    def remove_invalid_fields(self, queryset: Any, fields: Any, view: Any, request: Request) -> list[str]:
        allowed = [name for name, _ in self.get_valid_fields(queryset, view, {"request": request})]
        unknown = [term for term in fields if term.removeprefix("-") not in allowed]
        if unknown:
            raise InvalidInput(
                f"ordering: expected some of {', '.join(allowed)}, each with or without a leading -; "
                f"received {unknown[0][:60]!r}"
            )
        return list(fields)


def refuse_unknown(request: Request, known: set[str], *, paging: frozenset[str] = PAGE_NAMES) -> None:
    """Raise for a name that means nothing here; a filter that is ignored shows too many rows."""
    unknown = sorted(set(request.query_params) - known - paging - {"format"})
    if unknown:
        names = ", ".join(sorted(known | paging))
        raise InvalidInput(f"{unknown[0][:60]!r} is not a filter here; expected some of {names}")
