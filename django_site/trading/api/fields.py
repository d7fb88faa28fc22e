"""How values look in JSON: floats are finite or null, unknown names are refused."""

from __future__ import annotations

import math
from typing import Any

from django.db import models
from rest_framework import serializers

from django_site.trading.models.columns import SYMBOL_PATTERN, StrictJSONField
from titan_research.results import json_value

__all__ = ["FiniteFloat", "RowSerializer", "StrictFields", "StrictJSON", "SymbolName"]


class FiniteFloat(serializers.FloatField):
    """NaN and infinities become null on the way out and are refused on the way in."""

    def to_representation(self, value: Any) -> Any:
        number = float(value)
        return number if math.isfinite(number) else None

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        if not math.isfinite(number):
            self.fail("invalid")
        return number


class StrictJSON(serializers.JSONField):
    """A stored document without NaN."""

    def to_representation(self, value: Any) -> Any:
        return json_value(super().to_representation(value))


class SymbolName(serializers.RegexField):
    """A ticker in capitals."""

    default_error_messages = {"invalid": "Expected a ticker in capitals such as KO or BRK.B."}  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        super().__init__(SYMBOL_PATTERN.replace("$", r"\Z"), max_length=32, **options)


class StrictFields(serializers.Serializer[Any]):
    """A misspelled name is an error, not a wish that is forgotten."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = sorted(name for name, field in self.fields.items() if not field.read_only)
            unknown = sorted(str(name)[:40] for name in set(data) - set(writable))
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: [f"Not a field that can be set; expected some of {', '.join(writable)}."]
                        for name in unknown[:20]
                    }
                )
        return super().to_internal_value(data)


class RowSerializer(StrictFields, serializers.ModelSerializer[Any]):
    """A row as JSON; undefined numbers are null."""

    serializer_field_mapping = {  # noqa: RUF012
        **serializers.ModelSerializer.serializer_field_mapping,
        models.FloatField: FiniteFloat,
        StrictJSONField: StrictJSON,
        models.JSONField: StrictJSON,
    }
