"""Parameters out of untrusted JSON: shape and size are checked before anything is built."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from enum import Enum
from typing import Any, TypeVar

from rest_framework import serializers

from titan_research.errors import InvalidParameters, TitanError
from titan_research.parameters import Parameters
from titan_research.results import json_value

__all__ = ["MAX_COMBINATIONS", "ParametersField", "parameters_schema", "parse_parameters"]

MAX_COMBINATIONS = 20_000
MAX_NUMBER = 1_000_000
MAX_STARTS = 64
GRID = ("zscore_windows", "entries", "exits", "stops")

P = TypeVar("P", bound=Parameters)


def _members(kind: type[Parameters]) -> dict[str, tuple[Any, ...]]:
    hints = typing.get_type_hints(kind)
    return {
        field.name: typing.get_args(hints[field.name])
        if isinstance(hints[field.name], types.UnionType)
        else (hints[field.name],)
        for field in dataclasses.fields(kind)
    }


def parse_parameters(kind: type[P], raw: Any, *, path: str = "parameters") -> P:
    """Build parameters of that kind from JSON; InvalidParameters says where and what is expected."""
    _check(kind, raw, path)
    combinations = math.prod(len(raw.get(axis, ())) or 1 for axis in GRID)
    if combinations > MAX_COMBINATIONS:
        raise InvalidParameters(
            f"{path}: expected a grid of at most {MAX_COMBINATIONS:,} combinations; received {combinations:,}",
            combinations=combinations,
            largest=MAX_COMBINATIONS,
        )
    try:
        return kind.from_dict(raw)
    except TitanError:
        raise
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidParameters(f"{path}: expected {kind.__name__}; {error}") from error


def _check(kind: type[Parameters], raw: Any, path: str) -> None:
    if not isinstance(raw, dict):
        raise InvalidParameters(f"{path}: expected an object with parameters; received {_short(raw)}")
    known = _members(kind)
    unknown = sorted(str(name)[:40] for name in set(raw) - set(known))
    if unknown:
        raise InvalidParameters(f"{path}: unknown {', '.join(unknown[:5])}; known are {', '.join(known)}")
    for name, value in raw.items():
        _check_value(known[name], value, f"{path}.{name}")


def _check_value(kinds: tuple[Any, ...], value: Any, path: str) -> None:
    nested = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Parameters)), None)
    if nested is not None:
        return _check(nested, value, path)
    if any(typing.get_origin(kind) is tuple for kind in kinds):
        if not isinstance(value, list) or not 1 <= len(value) <= 1_000:
            raise InvalidParameters(f"{path}: expected a list of 1 to 1,000 numbers; received {_short(value)}")
        for item in value:
            _check_number(item, path)
        return None
    if value is None and type(None) not in kinds:
        raise InvalidParameters(f"{path}: expected a value; leave it out to take the default")
    if isinstance(value, dict | list):
        raise InvalidParameters(f"{path}: expected one value; received {_short(value)}")
    if str in kinds and value is not None and (not isinstance(value, str) or len(value) > 40 or "\0" in value):
        raise InvalidParameters(f"{path}: expected a short text; received {_short(value)}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_number(value, path)
        if path.endswith(".n_starts") and value > MAX_STARTS:
            raise InvalidParameters(f"{path}: expected at most {MAX_STARTS}; received {_short(value)}")
    return None


def _check_number(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_NUMBER:
        capital = path.endswith(".capital")
        if not (capital and isinstance(value, int | float) and 0 < value <= 1e15):
            raise InvalidParameters(
                f"{path}: expected a number of at most {MAX_NUMBER:,} in size; received {_short(value)}"
            )


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    return "an object" if isinstance(value, dict) else repr(value)[:60]


def parameters_schema(kind: type[Parameters]) -> dict[str, Any]:
    """The OpenAPI schema of a parameter class: types, choices and defaults."""
    defaults = kind()
    properties = {name: _schema(kinds, getattr(defaults, name)) for name, kinds in _members(kind).items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _schema(kinds: tuple[Any, ...], default: Any) -> dict[str, Any]:
    kind = next(kind for kind in kinds if kind is not type(None))
    described: dict[str, Any]
    if isinstance(kind, type) and issubclass(kind, Parameters):
        return parameters_schema(kind)
    if typing.get_origin(kind) is tuple:
        described = {"type": "array", "items": _schema((typing.get_args(kind)[0],), None), "minItems": 1}
        described["items"].pop("default", None)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        described = {"type": "string", "enum": [member.value for member in kind]}
    else:
        described = {"type": {int: "integer", float: "number", bool: "boolean"}.get(kind, "string")}
    if type(None) in kinds:
        described["nullable"] = True
    return {**described, "default": json_value(default)}


class ParametersField(serializers.Field[Any, Any, Any, Any]):
    """Parameters of one kind as a JSON object; what is left out keeps its default."""

    def __init__(self, kind: type[Parameters], **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def to_internal_value(self, data: Any) -> Parameters:
        return parse_parameters(self.kind, data, path=self.field_name or "parameters")

    def to_representation(self, value: Any) -> Any:
        return json_value(value)
