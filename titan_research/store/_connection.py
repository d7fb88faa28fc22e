"""One SQLite connection on one thread of its own, made again after a fork."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from titan_research.errors import Conflict, StoreUnavailable
from titan_research.store.schema import TABLE_NAMES, TABLES

__all__ = ["BUSY_SECONDS", "SqliteThread"]

BUSY_SECONDS = 20.0
_PAUSE_SECONDS = 0.02
_RECOVERABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_CONSTRAINT,
}
_inherited: list[_Lane] = []  # closing a parent's connection in a forked child would harm the parent's file

T = TypeVar("T")


class _Lane:
    """Thread, connection and what runs on it right now; belongs to one process."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="titan-store")
        self.connection: sqlite3.Connection | None = None
        self.inode: tuple[int, int] | None = None
        self.guard = threading.Lock()
        self.running: object | None = None


class SqliteThread:
    """Runs functions of a connection, one after another, on a thread that nobody else uses."""

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self.busy_seconds = busy_seconds
        self._lanes: dict[int, _Lane] = {}

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Await ``work(connection)``; cancelling interrupts the statement and waits for the rollback."""
        lane, token = self._lane(), object()
        ticket = lane.executor.submit(self._call, lane, token, work)
        try:
            return await asyncio.wrap_future(ticket)
        except asyncio.CancelledError:
            with lane.guard:
                if lane.running is token and lane.connection is not None:
                    lane.connection.interrupt()
            if not ticket.cancelled():
                unwound = asyncio.wrap_future(ticket)
                await asyncio.wait([unwound])
                unwound.exception()
            raise

    async def close(self) -> None:
        """Close the connection of this process and end its thread; does nothing the second time."""
        lane = self._lanes.pop(os.getpid(), None)
        if lane is not None:
            try:
                ticket = lane.executor.submit(self._disconnect, lane)
            except RuntimeError:  # the interpreter exits and has ended the thread already
                self._disconnect(lane)
                return
            await asyncio.wrap_future(ticket)
            lane.executor.shutdown(wait=True)

    def _lane(self) -> _Lane:
        pid = os.getpid()
        lane = self._lanes.get(pid)
        if lane is None:
            _inherited.extend(self._lanes.values())
            lane = self._lanes.setdefault(pid, _Lane())
        return lane

    def _call(self, lane: _Lane, token: object, work: Callable[[sqlite3.Connection], T]) -> T:
        with lane.guard:
            lane.running = token
        try:
            connection = self._connected(lane)
            try:
                return work(connection)
            finally:
                if connection.in_transaction:
                    connection.rollback()
        except sqlite3.Error as error:
            if _primary_code(error) not in _RECOVERABLE:
                self._disconnect(lane)
            raise self._translated(error) from error
        finally:
            with lane.guard:
                lane.running = None

    def _connected(self, lane: _Lane) -> sqlite3.Connection:
        if lane.connection is not None and lane.inode != self._inode():
            self._disconnect(lane)
        if lane.connection is None:
            connection = self._open()
            lane.inode = self._inode()
            with lane.guard:
                lane.connection = connection
        return lane.connection

    def _inode(self) -> tuple[int, int] | None:
        try:
            stat = os.stat(self.path)
        except FileNotFoundError:
            return None
        return stat.st_dev, stat.st_ino

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{self.path}: cannot make its directory: {error.strerror}") from error
        connection = sqlite3.connect(
            self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            self._set_wal(connection)
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not known.issuperset(TABLE_NAMES):
                connection.execute("BEGIN IMMEDIATE")
                for statement in TABLES:
                    connection.execute(statement)
                connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_wal(self, connection: sqlite3.Connection) -> None:
        """Switch a new file to WAL; SQLite does not wait for others here, so this does."""
        deadline = time.monotonic() + self.busy_seconds
        while True:
            try:
                if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    connection.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if _primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)

    @staticmethod
    def _disconnect(lane: _Lane) -> None:
        with lane.guard:
            connection, lane.connection = lane.connection, None
        if connection is not None:
            connection.close()

    def _translated(self, error: sqlite3.Error) -> Conflict | StoreUnavailable:
        details: dict[str, Any] = {"path": str(self.path)}
        match _primary_code(error):
            case sqlite3.SQLITE_CONSTRAINT:
                return Conflict(f"{self.path}: a bar contradicts what is stored: {error}", **details)
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                message = f"locked by another process for more than {self.busy_seconds:g} s; try again later"
            case sqlite3.SQLITE_FULL:
                message = "the disk is full; this batch was not written, earlier ones are safe; free some space"
            case sqlite3.SQLITE_CANTOPEN:
                message = "cannot be opened; check that the path is a file and that you may write there"
            case sqlite3.SQLITE_READONLY:
                message = "is read-only; check the permissions of the file and its directory"
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                message = f"is not a healthy SQLite database ({error}); restore a copy or name another file"
            case sqlite3.SQLITE_INTERRUPT:
                message = "the statement was cancelled"
            case _:
                message = str(error)
        return StoreUnavailable(f"{self.path}: {message}", **details)


def _primary_code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
