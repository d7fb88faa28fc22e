"""The embedded bar store: one SQLite file that many processes share."""

from __future__ import annotations

import functools
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from titan_research.errors import Conflict
from titan_research.store._connection import BUSY_SECONDS, SqliteThread
from titan_research.store.protocol import BarBlock, Progress, SeriesInfo, WriteCounts
from titan_research.store.schema import BAR_FIELDS

__all__ = ["SqliteBarStore"]

MAX_TRANSACTION_ROWS = 5_000
MAX_TRANSACTION_SECONDS = 0.2
_PIECE_ROWS = 1_000
_MIN_TIME, _MAX_TIME = -(2**62), 2**62


class _Piece(NamedTuple):
    symbol: str
    time: npt.NDArray[np.int64]
    columns: dict[str, npt.NDArray[np.float64]]


class SqliteBarStore:
    """Bars in SQLite: WAL, immediate write transactions of at most 5,000 rows or 0.2 s, guarded upserts.

    A bar that is written again with the same numbers changes nothing. The revision of a series goes up, in
    the same transaction, only if a bar at or before its last one was corrected, filled in or removed; new
    bars move ``last_time``.
    """

    backend = "sqlite"

    def __init__(self, path: str | Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = Path(path)
        self._busy_seconds = busy_seconds
        self._thread = SqliteThread(self._path, busy_seconds=busy_seconds)

    def __reduce__(self) -> tuple[Callable[..., SqliteBarStore], tuple[Path]]:
        return functools.partial(SqliteBarStore, busy_seconds=self._busy_seconds), (self._path,)

    @property
    def location(self) -> str:
        return str(self._path)

    async def initialize(self) -> None:
        await self._thread.run(lambda connection: None)

    async def close(self) -> None:
        await self._thread.close()

    async def write(self, blocks: Sequence[BarBlock], interval: str, progress: Progress | None = None) -> WriteCounts:
        pieces = list(_pieces(blocks))
        n_rows, n_written, position = sum(len(block) for block in blocks), 0, 0
        n_inserted = n_changed = 0
        while position < len(pieces):
            batch = _batch(pieces, position)
            done, inserted, changed = await self._thread.run(functools.partial(_write_batch, batch, interval))
            n_written += sum(len(piece.time) for piece in batch[:done])
            n_inserted, n_changed, position = n_inserted + inserted, n_changed + changed, position + done
            if progress is not None:
                progress(n_written, n_rows)
        return WriteCounts(n_inserted, n_changed, n_rows - n_inserted - n_changed)

    async def read(
        self, symbols: Sequence[str], interval: str, start: int | None, end: int | None, fields: Sequence[str]
    ) -> tuple[list[SeriesInfo], list[BarBlock]]:
        return await self._thread.run(
            functools.partial(_read, tuple(symbols), interval, *_limits(start, end), tuple(fields))
        )

    async def catalog(self, interval: str | None = None) -> list[SeriesInfo]:
        return await self._thread.run(functools.partial(_catalog, interval))

    async def delete(self, symbols: Sequence[str], interval: str, start: int | None, end: int | None) -> int:
        lo, hi = _limits(start, end)
        n_deleted = 0
        for symbol in symbols:
            while n_now := await self._thread.run(functools.partial(_delete_some, symbol, interval, lo, hi)):
                n_deleted += n_now
        return n_deleted

    async def size_bytes(self) -> int:
        def measure(connection: sqlite3.Connection) -> int:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            return int(pages * connection.execute("PRAGMA page_size").fetchone()[0])

        return await self._thread.run(measure)


def _limits(start: int | None, end: int | None) -> tuple[int, int]:
    return _MIN_TIME if start is None else start, _MAX_TIME if end is None else end


def _pieces(blocks: Sequence[BarBlock]) -> Iterator[_Piece]:
    for block in blocks:
        for start in range(0, len(block), _PIECE_ROWS):
            part = slice(start, start + _PIECE_ROWS)
            columns = {name: values[part] for name, values in block.columns.items()}
            yield _Piece(block.symbol, block.time[part], columns)


def _batch(pieces: list[_Piece], position: int) -> list[_Piece]:
    n_rows, stop = 0, position
    while stop < len(pieces) and (stop == position or n_rows + len(pieces[stop].time) <= MAX_TRANSACTION_ROWS):
        n_rows += len(pieces[stop].time)
        stop += 1
    return pieces[position:stop]


@functools.cache
def _upsert_statement(columns: tuple[str, ...]) -> str:
    names, new = ", ".join(columns), ", ".join("excluded." + name for name in columns)
    marks = ", ".join("?" * (len(columns) + 2))
    update = ", ".join(f"{name} = excluded.{name}" for name in columns)
    parts = ["INSERT INTO price_bar (series_id, time,", names, ") VALUES (", marks, ")"]
    parts += ["ON CONFLICT (series_id, time) DO UPDATE SET", update]
    parts += ["WHERE (", ", ".join("price_bar." + name for name in columns), ") IS NOT (", new, ")"]
    return " ".join(parts)


@functools.cache
def _select_statement(fields: tuple[str, ...]) -> str:
    parts = ["SELECT time,", ", ".join(fields), "FROM price_bar"]
    return " ".join([*parts, "WHERE series_id = ? AND time BETWEEN ? AND ? ORDER BY time"])


def _write_batch(batch: list[_Piece], interval: str, connection: sqlite3.Connection) -> tuple[int, int, int]:
    """Write what fits into one short transaction; return pieces done, bars inserted, bars changed."""
    deadline = None
    done = n_inserted = n_changed = 0
    connection.execute("BEGIN IMMEDIATE")
    for piece in batch:
        now = time.monotonic()
        deadline = now + MAX_TRANSACTION_SECONDS if deadline is None else deadline
        if now > deadline:
            break
        try:
            inserted, changed = _write_piece(connection, piece, interval)
        except sqlite3.IntegrityError as error:
            raise Conflict(
                f"{piece.symbol} {interval}: a new bar contradicts the stored one ({error}); "
                "write open, high, low and close together",
                symbol=piece.symbol,
            ) from error
        done, n_inserted, n_changed = done + 1, n_inserted + inserted, n_changed + changed
    connection.execute("COMMIT")
    return done, n_inserted, n_changed


def _write_piece(connection: sqlite3.Connection, piece: _Piece, interval: str) -> tuple[int, int]:
    series_id, last_time = _series_for_writing(connection, piece.symbol, interval)
    first, last = int(piece.time[0]), int(piece.time[-1])
    names = tuple(name for name in BAR_FIELDS if name in piece.columns)
    statement = _upsert_statement(names)
    n_known = 0 if last_time is None else int(np.searchsorted(piece.time, last_time, side="right"))
    n_before = _count(connection, series_id, first, last) if n_known else 0

    def upsert(part: slice) -> int:
        times = piece.time[part].tolist()
        values = (piece.columns[name][part].tolist() for name in names)
        before = connection.total_changes
        connection.executemany(statement, zip([series_id] * len(times), times, *values, strict=True))
        return connection.total_changes - before

    touched_history = upsert(slice(0, n_known)) if n_known else 0
    appended = upsert(slice(n_known, None)) if n_known < len(piece.time) else 0
    n_inserted = appended
    if touched_history:
        n_inserted = _count(connection, series_id, first, last) - n_before
    if touched_history or appended:
        connection.execute(
            "UPDATE bar_series SET revision = revision + ?, n_bars = n_bars + ?, "
            "first_time = min(coalesce(first_time, ?), ?), last_time = max(coalesce(last_time, ?), ?) "
            "WHERE id = ?",
            (int(touched_history > 0), n_inserted, first, first, last, last, series_id),
        )
    return n_inserted, touched_history + appended - n_inserted


def _series_for_writing(connection: sqlite3.Connection, symbol: str, interval: str) -> tuple[int, int | None]:
    select = 'SELECT id, last_time FROM bar_series WHERE symbol = ? AND "interval" = ?'
    row = connection.execute(select, (symbol, interval)).fetchone()
    if row is None:
        connection.execute(
            'INSERT INTO bar_series (symbol, "interval", revision, n_bars) VALUES (?, ?, 1, 0)',
            (symbol, interval),
        )
        row = connection.execute(select, (symbol, interval)).fetchone()
    return row[0], row[1]


def _count(connection: sqlite3.Connection, series_id: int, first: int, last: int) -> int:
    statement = "SELECT count(*) FROM price_bar WHERE series_id = ? AND time BETWEEN ? AND ?"
    return int(connection.execute(statement, (series_id, first, last)).fetchone()[0])


def _catalog(interval: str | None, connection: sqlite3.Connection) -> list[SeriesInfo]:
    rows = connection.execute(
        'SELECT symbol, "interval", revision, first_time, last_time, n_bars FROM bar_series '
        'WHERE ? IS NULL OR "interval" = ? ORDER BY symbol, "interval"',
        (interval, interval),
    )
    return [SeriesInfo(*row) for row in rows]


def _read(
    symbols: tuple[str, ...],
    interval: str,
    lo: int,
    hi: int,
    fields: tuple[str, ...],
    connection: sqlite3.Connection,
) -> tuple[list[SeriesInfo], list[BarBlock]]:
    statement = _select_statement(fields) if fields else ""
    dtype = np.dtype([("time", np.int64), *((field, np.float64) for field in fields)])
    infos, blocks = [], []
    connection.execute("BEGIN")
    for symbol in symbols:
        row = connection.execute(
            'SELECT id, symbol, "interval", revision, first_time, last_time, n_bars FROM bar_series '
            'WHERE symbol = ? AND "interval" = ?',
            (symbol, interval),
        ).fetchone()
        if row is None:
            continue
        infos.append(SeriesInfo(*row[1:]))
        if fields:
            bars = np.fromiter(connection.execute(statement, (row[0], lo, hi)), dtype=dtype)
            columns = {field: np.ascontiguousarray(bars[field]) for field in fields}
            blocks.append(BarBlock(symbol, np.ascontiguousarray(bars["time"]), columns))
    connection.execute("COMMIT")
    return infos, blocks


def _delete_some(symbol: str, interval: str, lo: int, hi: int, connection: sqlite3.Connection) -> int:
    """Delete up to one transaction's worth of bars of one series; return how many."""
    connection.execute("BEGIN IMMEDIATE")
    row = connection.execute(
        'SELECT id FROM bar_series WHERE symbol = ? AND "interval" = ?', (symbol, interval)
    ).fetchone()
    n_deleted = 0
    if row is not None:
        n_deleted = connection.execute(
            "DELETE FROM price_bar WHERE series_id = ? AND time IN "
            "(SELECT time FROM price_bar WHERE series_id = ? AND time BETWEEN ? AND ? ORDER BY time LIMIT ?)",
            (row[0], row[0], lo, hi, MAX_TRANSACTION_ROWS),
        ).rowcount
    if row is not None and n_deleted:
        connection.execute(
            "UPDATE bar_series SET revision = revision + 1, n_bars = n_bars - ?, "
            "first_time = (SELECT min(time) FROM price_bar WHERE series_id = bar_series.id), "
            "last_time = (SELECT max(time) FROM price_bar WHERE series_id = bar_series.id) WHERE id = ?",
            (n_deleted, row[0]),
        )
    connection.execute("COMMIT")
    return n_deleted
