"""Results are values: frozen dataclasses that turn into JSON, tables and notebook output."""

from __future__ import annotations

import dataclasses
import html
import math
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

__all__ = ["FrameResult", "Result", "json_value"]


def json_value(value: Any) -> Any:
    """Return ``value`` as strict JSON: NaN and infinities become None, timestamps ISO strings, enums their value."""
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if value is pd.NaT:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Result | FrameResult) or (dataclasses.is_dataclass(value) and hasattr(value, "to_dict")):
        return value.to_dict()
    if isinstance(value, dict):
        return {str(json_value(key)): json_value(item) for key, item in value.items()}
    if isinstance(value, pd.Series):
        return {
            "index": [json_value(item) for item in value.index],
            "values": [json_value(item) for item in value],
        }
    if isinstance(value, pd.DataFrame):
        return [{str(key): json_value(item) for key, item in row.items()} for row in value.to_dict("records")]
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [json_value(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _display(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "–" if not math.isfinite(value) else f"{value:,.6g}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d")
    return "–" if value is None else str(value)


class _Displayed:
    """What every result can do; subclasses are dataclasses."""

    title: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):  # else the dataclass would print every frame it carries
            cls.__repr__ = _Displayed._text  # type: ignore[assignment, method-assign]

    def _text(self) -> str:
        return self.summary()

    def _scalars(self) -> dict[str, Any]:
        hidden = (pd.DataFrame, pd.Series, np.ndarray, dict, tuple, list, Result, FrameResult)
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        values = {field.name: getattr(self, field.name) for field in fields if field.repr}
        return {name: value for name, value in values.items() if not isinstance(value, hidden)}

    def to_dict(self) -> dict[str, Any]:
        """Every field as strict JSON; undefined numbers are None."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return {field.name: json_value(getattr(self, field.name)) for field in fields}

    def summary(self) -> str:
        """The scalars, one a line."""
        scalars = self._scalars()
        width = max((len(name) for name in scalars), default=0)
        head = [self.title or type(self).__name__]
        return "\n".join(head + [f"  {name:<{width}}  {_display(value)}" for name, value in scalars.items()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:right'>{html.escape(_display(value))}</td></tr>"
            for name, value in self._scalars().items()
        )
        caption = html.escape(self.title or type(self).__name__)
        return f"<table class='titan-result'><caption>{caption}</caption><tbody>{rows}</tbody></table>"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result(_Displayed):
    """A result of scalars: comparable and hashable."""

    def to_frame(self) -> pd.DataFrame:
        """One row, one column a field."""
        return pd.DataFrame([{field.name: getattr(self, field.name) for field in dataclasses.fields(self)}])

    def replace(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class FrameResult(_Displayed):
    """A result that carries series or frames; compared by identity."""

    def to_frame(self) -> pd.DataFrame:
        """The main table of the result; subclasses say which."""
        raise NotImplementedError

    def replace(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)
