"""Column types of our own: symbols, epoch times, strict JSON, choices from the enumerations of the core."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import RegexValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

__all__ = [
    "SYMBOL_PATTERN",
    "EpochField",
    "StrictEncoder",
    "StrictJSONField",
    "SymbolField",
    "choices",
    "one_of",
]

if TYPE_CHECKING:
    Text = models.CharField[Any, Any]
    Moment = models.DateTimeField[Any, Any]
else:
    Text, Moment = models.CharField, models.DateTimeField

SYMBOL_PATTERN = r"^[A-Z0-9][A-Z0-9._^=/-]{0,31}$"
EPOCH_LOOKUPS = frozenset({"exact", "gt", "gte", "lt", "lte", "in", "range", "isnull"})


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """The members of an enumeration as Django choices."""
    return [(member.value, member.value.replace("_", " ")) for member in kind]


def one_of(column: str, kind: type[StrEnum]) -> models.Q:
    """The condition of a CHECK constraint: the column holds a member of the enumeration."""
    return models.Q(**{f"{column}__in": [member.value for member in kind]})


class StrictEncoder(DjangoJSONEncoder):
    """JSON as its standard has it: NaN and infinities are refused instead of written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_nan": False})


class StrictJSONField(models.JSONField):
    """A JSON column that refuses NaN on every database alike."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["encoder"] = StrictEncoder
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("encoder", None)
        return name, path, args, options


class SymbolField(Text):
    """A ticker of at most 32 characters; its lookup ``__is_symbol`` works in CHECK constraints."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_length"] = 32
        super().__init__(*args, **options)
        self.validators.append(RegexValidator(SYMBOL_PATTERN, "Expected a ticker in capitals such as KO or BRK.B."))

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        del options["max_length"]
        return name, path, args, options


@SymbolField.register_lookup
class IsSymbol(models.Lookup):
    """Written with built-in operators, so that a connection without Django's functions can check it."""

    lookup_name = "is_symbol"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, values = self.process_lhs(compiler, connection)
        patterns: tuple[str, ...]
        if connection.vendor == "sqlite":
            condition = f"({column} GLOB %s AND {column} NOT GLOB %s AND length({column}) <= 32)"
            patterns = ("[A-Z0-9]*", "*[^A-Z0-9._^=/-]*")
            return condition, (*values, patterns[0], *values, patterns[1], *values)
        return f"{column} ~ %s", (*values, SYMBOL_PATTERN)


class EpochField(Moment):
    """An instant in UTC: integer seconds since 1970 on SQLite, ``timestamptz`` elsewhere.

    Compare it with aware datetimes (exact, gt, gte, lt, lte, in, range, isnull); other lookups are refused.
    """

    def get_internal_type(self) -> str:
        return "EpochField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "integer" if connection.vendor == "sqlite" else "timestamp with time zone"

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.db_type(connection)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        moment = value if prepared else self.get_prep_value(value)
        if connection.vendor != "sqlite" or not isinstance(moment, datetime):
            return moment
        seconds = moment.timestamp()
        return int(seconds) if seconds.is_integer() else seconds

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if isinstance(value, datetime) and value.microsecond:
            raise ValueError(f"{self.name}: expected whole seconds, received {value.isoformat()}; round it down first")
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        return datetime.fromtimestamp(value, UTC)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in EPOCH_LOOKUPS:
            raise FieldError(
                f"{self.name}: expected one of {', '.join(sorted(EPOCH_LOOKUPS))}, received {lookup_name}; "
                "compare with the first and last instant of the period"
            )
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> Any:
        return None
