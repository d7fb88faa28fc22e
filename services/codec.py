"""Results to bytes and back, bit for bit: scalars as JSON, frames as Arrow files, rebuilt from the type hints."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import types
import typing
from enum import Enum
from typing import Any, TypeVar

import pandas as pd

from titan_research.errors import ComputationFailed
from titan_research.parameters import Parameters
from titan_research.results import FrameResult, Result, json_value

__all__ = ["decode_result", "encode_result", "frame_from_bytes", "frame_to_bytes"]

T = TypeVar("T", bound=Result | FrameResult)


def frame_to_bytes(frame: pd.DataFrame) -> bytes:
    """An Arrow file; floats keep their bits, a session index its zone and name."""
    import pyarrow as pa
    import pyarrow.feather as feather

    sink = io.BytesIO()
    feather.write_feather(pa.Table.from_pandas(frame, preserve_index=True), sink, compression="zstd")
    return sink.getvalue()


def frame_from_bytes(content: bytes) -> pd.DataFrame:
    import pyarrow.feather as feather

    frame: pd.DataFrame = feather.read_table(io.BytesIO(content), memory_map=False).to_pandas()
    return frame


def encode_result(result: Result | FrameResult) -> dict[str, bytes]:
    """Parts by name: ``result`` (JSON of the scalars) and one Arrow file for each series or frame."""
    scalars: dict[str, Any] = {}
    parts: dict[str, bytes] = {}
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, pd.DataFrame):
            parts[field.name] = frame_to_bytes(value)
        elif isinstance(value, pd.Series):
            parts[field.name] = frame_to_bytes(value.to_frame(value.name if value.name is not None else field.name))
        else:
            scalars[field.name] = _plain(value)
    parts["result"] = json.dumps(scalars, sort_keys=True).encode()
    return parts


def _plain(value: Any) -> Any:
    """Like json_value, but infinities keep their sign so that the value comes back as it was."""
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if isinstance(value, Result):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return json_value(value)


def decode_result(kind: type[T], parts: dict[str, bytes]) -> T:
    """Rebuild a result of that kind from the parts that `encode_result` made."""
    scalars = json.loads(parts["result"])
    hints = _hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in parts and field.name != "result":
            frame = frame_from_bytes(parts[field.name])
            values[field.name] = frame.iloc[:, 0] if pd.Series in _members(hints[field.name]) else frame
        else:
            values[field.name] = _rebuild(hints[field.name], scalars.get(field.name))
    return kind(**values)


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind)
    return _HINTS[kind]


def _members(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)


def _rebuild(hint: Any, value: Any) -> Any:
    members = _members(hint)
    if value is None:
        return None if type(None) in members else math.nan
    kind = next(member for member in members if member is not type(None))
    origin = typing.get_origin(kind)
    if origin is tuple:
        return tuple(_rebuild(typing.get_args(kind)[0], item) for item in value)
    if origin is dict:
        return {key: _rebuild(typing.get_args(kind)[1], item) for key, item in value.items()}
    if kind is pd.Timestamp:
        return pd.Timestamp(value).as_unit("us")
    if kind is float:
        return float(value)
    if isinstance(kind, type) and issubclass(kind, Parameters):
        return kind.from_dict(value)
    if isinstance(kind, type) and issubclass(kind, Result):
        hints = _hints(kind)
        return kind(**{name: _rebuild(hints[name], item) for name, item in value.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind in (str, int, bool):
        return value
    raise ComputationFailed(f"a stored result has a field of type {hint}, which cannot be read back")
