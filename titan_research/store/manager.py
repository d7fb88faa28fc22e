"""DatabaseManager: the door to the stored bars, whatever keeps them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd

from titan_research.errors import InsufficientData, InvalidInput, NotConfigured, NotFound
from titan_research.panel import Panel
from titan_research.store.bars import blocks_from_bars, blocks_from_panel, frame_from_blocks, place
from titan_research.store.protocol import BarBlock, BarStore, Progress, SeriesInfo
from titan_research.store.results import StoreStats, WriteResult
from titan_research.store.schema import BAR_FIELDS
from titan_research.store.snapshots import SnapshotStore
from titan_research.store.sqlite import SqliteBarStore
from titan_research.types import Field, Interval
from titan_research.validation import check_symbols, check_timestamp

__all__ = ["DatabaseManager"]


class DatabaseManager:
    """Reads and writes bars; may be used from any event loop and thread, and after a fork.

    With ``snapshots``, a panel that was read once is kept as an immutable file and mapped into memory until
    one of its series is revised.
    """

    def __init__(self, store: BarStore, *, snapshots: SnapshotStore | None = None) -> None:
        self._store = store
        self._snapshots = snapshots

    @classmethod
    def from_url(cls, url: str, *, snapshots: str | Path | None = None) -> Self:
        """Make one for ``sqlite:///titan.db`` (relative) or ``sqlite:////srv/titan.db``."""
        parts = urlsplit(str(url))
        if parts.scheme in {"postgresql", "postgres", "timescaledb"}:
            raise NotConfigured(
                "this version keeps bars in the embedded store only (sqlite:///titan.db); "
                "the next one brings TimescaleDB"
            )
        path = unquote(parts.path).removeprefix("/")
        if parts.scheme != "sqlite" or parts.netloc or parts.query or path in {"", ":memory:"}:
            raise InvalidInput(
                f"expected sqlite:///relative.db or sqlite:////absolute.db, received {_without_password(url)}"
            )
        return cls(SqliteBarStore(path), snapshots=None if snapshots is None else SnapshotStore(snapshots))

    async def initialize(self) -> None:
        """Open the store and make its tables where they are missing; may be called twice."""
        await self._store.initialize()

    async def close(self) -> None:
        """Release the store; may be called twice, and the manager may be used again."""
        await self._store.close()

    async def __aenter__(self) -> Self:
        await self.initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def write_bars(
        self, bars: pd.DataFrame, interval: Interval | str = Interval.DAY, *, progress: Progress | None = None
    ) -> WriteResult:
        """Insert or correct bars; writing the same bars again changes nothing.

        Parameters
        ----------
        bars : DataFrame in long form: symbol, time (timestamps; naive means UTC), close and optionally open,
            high, low, volume, in any order of rows. Columns that are not given stay as they are stored.
        progress : called with bars written and bars in all after every transaction

        Notes
        -----
        Timing: stores bars under their own label. Missing: NaN in an optional column is stored as not known.
        A write that is cut short leaves whole transactions behind; writing again completes it.
        Raises InvalidInput (a broken bar, nothing is written) and Conflict (two different bars for one time).
        """
        kind = Interval(interval)
        blocks, n_repeats = blocks_from_bars(bars, interval=kind)
        return await self._write(blocks, kind, n_repeats, progress)

    async def write_panel(self, panel: Panel, *, progress: Progress | None = None) -> WriteResult:
        """Insert or correct the closes of a panel; NaN cells are no bars."""
        if panel.field is not Field.CLOSE:
            raise InvalidInput(f"expected a panel of close, received {panel.field}; write other fields with write_bars")
        return await self._write(blocks_from_panel(panel), panel.interval, 0, progress)

    async def _write(
        self, blocks: list[BarBlock], interval: Interval, n_repeats: int, progress: Progress | None
    ) -> WriteResult:
        counts = await self._store.write(blocks, interval.value, progress)
        return WriteResult(
            n_rows=sum(counts) + n_repeats,
            n_inserted=counts.n_inserted,
            n_changed=counts.n_changed,
            n_unchanged=counts.n_unchanged + n_repeats,
            n_symbols=len(blocks),
        )

    async def read_panel(
        self,
        symbols: Iterable[str],
        field: Field | str = Field.CLOSE,
        interval: Interval | str = Interval.DAY,
        start: object = None,
        end: object = None,
    ) -> Panel:
        """Read one field of some symbols, ``start`` and ``end`` included.

        Returns
        -------
        Panel whose sessions are the union of the symbols' bars, columns in the order asked for

        Notes
        -----
        Timing: what is stored now, later corrections included. Missing: NaN where a symbol has no bar or no
        such field.
        Raises NotFound for a symbol that is not stored and InsufficientData where no symbol has a bar in the
        range.
        """
        names, what, kind = check_symbols(symbols), Field(field), Interval(interval)
        lo, hi = _seconds_range(start, end)
        if self._snapshots is not None:
            infos, _ = await self._store.read(names, kind.value, lo, hi, ())
            cached = self._snapshots.find(_key(infos, names, what, kind, lo, hi))
            if cached is not None:
                return cached
        infos, blocks = await self._store.read(names, kind.value, lo, hi, (what.value,))
        await self._require_known(names, infos, kind)
        if not any(map(len, blocks)):
            raise InsufficientData(
                f"no {kind} bars of {_listed(names)} from {start or 'the start'} to {end or 'the end'}"
            )
        panel = place(blocks, symbols=names, field=what.value, interval=kind)
        if self._snapshots is not None:
            self._snapshots.remember(_key(infos, names, what, kind, lo, hi), panel)
        return panel

    async def read_bars(
        self,
        symbols: Iterable[str],
        interval: Interval | str = Interval.DAY,
        start: object = None,
        end: object = None,
    ) -> pd.DataFrame:
        """Read whole bars: symbol, time (UTC), open, high, low, close, volume; NaN = not known."""
        names, kind = check_symbols(symbols), Interval(interval)
        infos, blocks = await self._store.read(names, kind.value, *_seconds_range(start, end), BAR_FIELDS)
        await self._require_known(names, infos, kind)
        return frame_from_blocks(blocks, BAR_FIELDS)

    async def symbols(self, interval: Interval | str = Interval.DAY) -> tuple[str, ...]:
        """The symbols that have bars, sorted."""
        return tuple(info.symbol for info in await self._store.catalog(Interval(interval).value) if info.n_bars)

    async def coverage(self) -> pd.DataFrame:
        """One row a series: symbol, interval, first, last (UTC), n_bars, revision."""
        infos = await self._store.catalog()
        return pd.DataFrame(
            {
                "symbol": pd.Series([info.symbol for info in infos], dtype="str"),
                "interval": pd.Series([info.interval for info in infos], dtype="str"),
                "first": pd.DatetimeIndex([_stamp(info.first_time) for info in infos], dtype="datetime64[us, UTC]"),
                "last": pd.DatetimeIndex([_stamp(info.last_time) for info in infos], dtype="datetime64[us, UTC]"),
                "n_bars": np.array([info.n_bars for info in infos], dtype=np.int64),
                "revision": np.array([info.revision for info in infos], dtype=np.int64),
            }
        )

    async def revisions(self, symbols: Iterable[str], interval: Interval | str = Interval.DAY) -> dict[str, int]:
        """The revision of every symbol: it goes up when history is corrected, not when bars are appended."""
        names, kind = check_symbols(symbols), Interval(interval)
        infos, _ = await self._store.read(names, kind.value, None, None, ())
        await self._require_known(names, infos, kind)
        return {info.symbol: info.revision for info in infos}

    async def delete_bars(
        self,
        symbols: Iterable[str],
        interval: Interval | str = Interval.DAY,
        start: object = None,
        end: object = None,
    ) -> int:
        """Remove bars, ``start`` and ``end`` included; return how many. Their revisions go up."""
        names, kind = check_symbols(symbols), Interval(interval)
        infos, _ = await self._store.read(names, kind.value, None, None, ())
        await self._require_known(names, infos, kind)
        return await self._store.delete(names, kind.value, *_seconds_range(start, end))

    async def stats(self) -> StoreStats:
        """How much is stored, and where."""
        infos = [info for info in await self._store.catalog() if info.n_bars]
        firsts = [info.first_time for info in infos if info.first_time is not None]
        lasts = [info.last_time for info in infos if info.last_time is not None]
        return StoreStats(
            backend=self._store.backend,
            location=self._store.location,
            n_symbols=len({info.symbol for info in infos}),
            n_series=len(infos),
            n_bars=sum(info.n_bars for info in infos),
            start=_stamp(min(firsts)) if firsts else None,
            end=_stamp(max(lasts)) if lasts else None,
            size_bytes=await self._store.size_bytes(),
        )

    async def _require_known(self, names: tuple[str, ...], infos: list[SeriesInfo], interval: Interval) -> None:
        found = {info.symbol for info in infos}
        missing = [name for name in names if name not in found]
        if not missing:
            return
        stored = await self.symbols(interval)
        close = difflib.get_close_matches(missing[0], stored, n=3, cutoff=0.5)
        if close:
            advice = f"did you mean {' or '.join(close)}?"
        elif stored:
            advice = f"{len(stored)} are: {_listed(stored)}"
        else:
            advice = "the store is empty; ingest bars first, for example the sample"
        raise NotFound(
            f"{_listed(missing)}: no {interval} bars are stored; {advice}",
            symbols=missing,
            close_matches=close,
        )


def _key(
    infos: list[SeriesInfo],
    symbols: tuple[str, ...],
    field: Field,
    interval: Interval,
    lo: int | None,
    hi: int | None,
) -> str:
    """Identify what a read returns: the question, and per series its revision and last bar in reach."""
    known = {info.symbol: info for info in infos}
    parts = [f"panel-key/1|{field}|{interval}|{lo}|{hi}"]
    for symbol in symbols:
        info = known.get(symbol)
        last = (
            None
            if info is None or info.last_time is None
            else min(info.last_time, hi if hi is not None else info.last_time)
        )
        parts.append(f"{symbol}|{info.revision if info else None}|{last}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _seconds_range(start: object, end: object) -> tuple[int | None, int | None]:
    first, last = check_timestamp(start, name="start"), check_timestamp(end, name="end")
    if first is not None and last is not None and first > last:
        raise InvalidInput(f"need start <= end; received start={first:%Y-%m-%d}, end={last:%Y-%m-%d}")
    return None if first is None else _epoch_seconds(first.ceil("s")), None if last is None else _epoch_seconds(
        last.floor("s")
    )


def _epoch_seconds(stamp: pd.Timestamp) -> int:
    return int(stamp.as_unit("s").asm8.astype("int64"))


def _stamp(seconds: int | None) -> pd.Timestamp | None:
    return None if seconds is None else pd.Timestamp(seconds, unit="s", tz="UTC").as_unit("us")


def _listed(names: Iterable[str]) -> str:
    given = list(names)
    return ", ".join(given[:8]) + (f" and {len(given) - 8} more" if len(given) > 8 else "")


def _without_password(url: str) -> str:
    parts = urlsplit(str(url))
    return (
        str(url) if "@" not in parts.netloc else f"{parts.scheme}://...@{parts.netloc.rpartition('@')[2]}{parts.path}"
    )
