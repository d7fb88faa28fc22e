"""Telling good rows from bad ones, row by row and across a whole file, with the line and the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.store.rules import FIRST_TIME, LAST_TIME, broken_rules
from titan_research.store.schema import BAR_FIELDS

__all__ = [
    "BarChunk",
    "Rejection",
    "RepeatFinder",
    "break_apart",
    "rejected_frame",
    "screened",
    "typed_frame",
]

_SHOWN = 60
_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)


class Rejection(NamedTuple):
    """One refused row: its line in the file, the column to look at, why, and what stood there."""

    line: int
    symbol: str
    column: str
    reason: str
    value: str


class BarChunk(NamedTuple):
    """Rows of a source.

    ``good`` : symbol, time (UTC), the fields of the source and line, ready for ``DatabaseManager.write_bars``
    ``rejected`` : line, symbol, column, reason, value; one row for each refused row
    ``n_duplicates`` : exact repeats that were dropped
    """

    good: pd.DataFrame
    rejected: pd.DataFrame
    n_duplicates: int


def rejected_frame(rejections: list[Rejection]) -> pd.DataFrame:
    """The quarantine table, sorted by line."""
    rows = sorted(rejections)
    frame = pd.DataFrame({"line": np.array([row.line for row in rows], dtype=np.int64)})
    for name in ("symbol", "column", "reason", "value"):
        frame[name] = pd.Series([getattr(row, name) for row in rows], dtype="str")
    return frame


def break_apart(frame: pd.DataFrame, *, as_of: pd.Timestamp | None) -> tuple[pd.DataFrame, list[Rejection]]:
    """Separate the rows that break a rule on their own; every bad row is reported once, with its first fault.

    Parameters
    ----------
    frame : line, symbol, time (UTC) and float64 fields
    as_of : bars after this moment are refused; None refuses none
    """
    columns = {name: frame[name].to_numpy() for name in BAR_FIELDS if name in frame.columns}
    time = frame["time"]
    seconds = _epoch_seconds(time)
    faults = [((seconds < FIRST_TIME) | (seconds > LAST_TIME), "time", "outside the years 1970 to 2100")]
    if as_of is not None:
        faults.append(((time > as_of).to_numpy(), "time", f"after {as_of:%Y-%m-%dT%H:%MZ}, in the future"))
    faults += broken_rules(columns)
    bad = np.zeros(len(frame), dtype=bool)
    rejections = []
    for rows, column, reason in faults:
        fresh = np.flatnonzero(rows & ~bad)
        bad |= rows
        for line, symbol, value in frame.iloc[fresh][["line", "symbol", column]].itertuples(index=False):
            rejections.append(Rejection(int(line), symbol, column, reason, str(value)))
    return (frame[~bad] if bad.any() else frame), rejections


def typed_frame(
    columns: dict[str, npt.NDArray[Any]], bad: dict[int, tuple[str, str, str]], rejections: list[Rejection]
) -> tuple[pd.DataFrame, list[Rejection]]:
    """Move the unreadable rows of a chunk to its rejections and give the rest its types.

    ``columns`` : line, symbol, time in epoch seconds and the fields; ``bad`` : column, reason and text by row
    """
    for row, (column, reason, value) in bad.items():
        fault = Rejection(int(columns["line"][row]), columns["symbol"][row], column, reason, value[:_SHOWN])
        rejections.append(fault)
    keep = np.ones(len(columns["line"]), dtype=bool)
    keep[list(bad)] = False
    kept = {name: values[keep] for name, values in columns.items()}
    times = pd.DatetimeIndex(kept.pop("time").astype("datetime64[s]")).as_unit("us").tz_localize("UTC")
    frame = pd.DataFrame({"symbol": pd.Series(kept.pop("symbol"), dtype="str"), "time": times, **kept})
    return frame, rejections


def _epoch_seconds(time: pd.Series) -> npt.NDArray[np.int64]:
    return np.asarray(pd.DatetimeIndex(time).as_unit("s").asi8)


class RepeatFinder:
    """Finds bars that come twice in a stream of frames, in about 32 bytes a bar.

    Equal repeats are dropped but for the first; where two bars of one symbol and time differ, all of them are
    refused, because nothing says which is right.
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._parts: list[tuple[npt.NDArray[np.int64], ...]] = []

    def add(self, frame: pd.DataFrame) -> None:
        codes, symbols = pd.factorize(frame["symbol"])
        known = np.array([self._codes.setdefault(symbol, len(self._codes)) for symbol in symbols], dtype=np.int64)
        codes = known[codes] if len(known) else np.empty(0, dtype=np.int64)
        digest = np.zeros(len(frame), dtype=np.uint64)
        for name in BAR_FIELDS:
            if name in frame.columns:
                values = frame[name].to_numpy()
                bits = np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)
                for multiplier in _MULTIPLIERS:
                    digest = (digest ^ bits ^ (bits >> np.uint64(29))) * multiplier
        seconds = _epoch_seconds(frame["time"])
        self._parts.append((codes, seconds, digest.view(np.int64), frame["line"].to_numpy(dtype=np.int64)))

    def faults(self) -> tuple[npt.NDArray[np.bool_], dict[int, int]]:
        """Return which rows (as added) are exact repeats, and a contradicting line for each other bad row."""
        codes, seconds, digest, lines = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        order = np.lexsort((np.arange(len(codes)), seconds, codes))
        same = np.zeros(len(codes), dtype=bool)
        same[1:] = (codes[order][1:] == codes[order][:-1]) & (seconds[order][1:] == seconds[order][:-1])
        repeats = np.zeros(len(codes), dtype=bool)
        contradictions: dict[int, int] = {}
        starts = np.flatnonzero(~same)
        sizes = np.diff(np.append(starts, len(codes)))
        for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
            group = order[start : start + size]
            if (digest[group] == digest[group[0]]).all():
                repeats[group[1:]] = True
                continue
            for row in group:
                other = group[digest[group] != digest[row]][0]
                contradictions[int(row)] = int(lines[other])
        return repeats, contradictions


def screened(
    parse: Callable[[], Iterator[tuple[pd.DataFrame, list[Rejection]]]], *, as_of: pd.Timestamp | None
) -> Iterator[BarChunk]:
    """Read a source twice: first to find what is repeated anywhere in it, then to hand out the good rows.

    A file that cannot be read to its end is therefore refused before its first row is handed out.
    """
    finder, n_chunks, only = RepeatFinder(), 0, None
    for frame, rejections in parse():
        clean, faults = break_apart(frame, as_of=as_of)
        finder.add(clean)
        n_chunks += 1
        only = (clean, rejections + faults) if n_chunks == 1 else None
    if n_chunks == 0:
        return
    repeats, contradictions = finder.faults()
    if only is not None:
        yield _without_repeats(*only, repeats, contradictions, 0)
        return
    offset = 0
    for frame, rejections in parse():
        clean, faults = break_apart(frame, as_of=as_of)
        yield _without_repeats(clean, rejections + faults, repeats, contradictions, offset)
        offset += len(clean)


def _without_repeats(
    frame: pd.DataFrame,
    rejections: list[Rejection],
    repeats: npt.NDArray[np.bool_],
    contradictions: dict[int, int],
    offset: int,
) -> BarChunk:
    drop = repeats[offset : offset + len(frame)]
    n_duplicates = int(drop.sum())
    contradicted = sorted(row - offset for row in contradictions if offset <= row < offset + len(frame))
    for line, symbol, close, row in zip(
        *(frame[name].iloc[contradicted] for name in ("line", "symbol", "close")), contradicted, strict=True
    ):
        reason = f"contradicts line {contradictions[row + offset]}: other numbers for this symbol and time"
        rejections.append(Rejection(int(line), symbol, "close", reason, str(close)))
    keep = ~drop
    keep[contradicted] = False
    good = frame if keep.all() else frame[keep]
    return BarChunk(good.reset_index(drop=True), rejected_frame(rejections), n_duplicates)
