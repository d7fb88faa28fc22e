"""Tampering with the future: cut or garble the time series of a call, and compare what was dated before."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.panel import Panel

__all__ = ["Call", "difference", "garbled", "garbled_values", "leaves", "same", "truncated", "with_values"]

Call = tuple[Any, ...] | Mapping[str, Any]


def _map(call: Call, change: Callable[[Any], Any]) -> Call:
    if isinstance(call, Mapping):
        return {name: change(value) for name, value in call.items()}
    return tuple(change(value) for value in call)


def _axis(value: Any, n: int) -> int | None:
    """The axis of length n that carries time: the first, else the last."""
    shape = value.values.shape if isinstance(value, Panel) else np.shape(value)
    if not shape:
        return None
    return 0 if shape[0] == n else len(shape) - 1 if shape[-1] == n else None


def truncated(call: Call, n: int, cut: int) -> Call:
    def change(value: Any) -> Any:
        if isinstance(value, Panel) and len(value) == n:
            return value.rows(0, cut)
        if isinstance(value, pd.Series | pd.DataFrame | pd.Index) and len(value) == n:
            return value[:cut] if isinstance(value, pd.Index) else value.iloc[:cut]
        if isinstance(value, np.ndarray) and (axis := _axis(value, n)) is not None:
            return np.ascontiguousarray(value.take(np.arange(cut), axis=axis))
        return value

    return _map(call, change)


def garbled(call: Call, n: int, cut: int, rng: np.random.Generator) -> Call:
    def change(value: Any) -> Any:
        if isinstance(value, Panel) and len(value) == n:
            return with_values(value, garbled_values(value.values, cut, rng))
        if isinstance(value, pd.Series) and len(value) == n:
            return pd.Series(garbled_values(value.to_numpy(), cut, rng), index=value.index, name=value.name)
        if isinstance(value, pd.DataFrame) and len(value) == n:
            return value.apply(lambda column: garbled_values(column.to_numpy(), cut, rng))
        if isinstance(value, np.ndarray) and (axis := _axis(value, n)) is not None:
            return np.ascontiguousarray(np.moveaxis(garbled_values(np.moveaxis(value, axis, 0), cut, rng), 0, axis))
        return value

    return _map(call, change)


def with_values(panel: Panel, values: npt.NDArray[np.float64]) -> Panel:
    return Panel(values, panel.index, panel.symbols, panel.field, panel.interval)


def garbled_values(values: npt.NDArray[Any], cut: int, rng: np.random.Generator) -> npt.NDArray[Any]:
    """Noise of another level and scale from ``cut`` on; positive stays positive, NaN stays NaN."""
    out = np.array(values)
    tail = out[cut:]
    if out.dtype == bool:
        out[cut:] = rng.random(tail.shape) < 0.5
    elif np.issubdtype(out.dtype, np.floating):
        noise = rng.standard_normal(tail.shape)
        positive = bool(np.nanmin(out, initial=np.inf) > 0)
        out[cut:] = tail * np.exp(noise + 1.0) if positive else 5.0 * noise * (np.nanstd(out) + 1.0) + 0.0 * tail
    else:
        out[cut:] = tail[rng.permutation(len(tail))]
    return out


def leaves(value: Any, n: int, outputs: tuple[str | int, ...] | None) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Every time-indexed array in a returned value, time first."""
    if isinstance(value, pd.Series | pd.DataFrame | np.ndarray | Panel):
        items: list[tuple[str | int, Any]] = [("value", value)]
        outputs = None
    elif isinstance(value, Mapping):
        items = list(value.items())
    elif dataclasses.is_dataclass(value):
        items = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    elif isinstance(value, tuple | list):
        items = list(enumerate(value))
    else:
        items = []
    for name, item in items:
        if outputs is not None and name not in outputs:
            continue
        if isinstance(item, pd.DataFrame) and len(item) == n:
            for column in item.columns:
                yield f"{name}.{column}", item[column].to_numpy()
        elif isinstance(item, pd.Series | np.ndarray | Panel) and (axis := _axis(item, n)) is not None:
            array = item.values if isinstance(item, Panel) else np.asarray(item)
            yield str(name), np.moveaxis(array, axis, 0)


def same(left: npt.NDArray[Any], right: npt.NDArray[Any], tolerance: float) -> npt.NDArray[np.bool_]:
    if np.issubdtype(left.dtype, np.floating) and np.issubdtype(right.dtype, np.floating):
        equal = (left == right) & (np.signbit(left) == np.signbit(right)) | (np.isnan(left) & np.isnan(right))
        return equal | (np.abs(left - right) <= tolerance * np.abs(left)) if tolerance else equal
    both_missing = pd.isna(left) & pd.isna(right)
    return np.asarray((left == right) | both_missing, dtype=bool)


def difference(
    full: Mapping[str, npt.NDArray[Any]], again: Mapping[str, npt.NDArray[Any]], cut: int, tolerance: float
) -> str:
    for name, values in full.items():
        if name not in again:
            return f"{name}: its length does not follow the length of the input"
        wrong = np.flatnonzero(~same(values[:cut], again[name][:cut], tolerance).reshape(cut, -1).all(axis=1))
        if len(wrong):
            return f"{name}: {len(wrong)} of {cut} bars before the cut changed, first at bar {wrong[0]}"
    return ""
