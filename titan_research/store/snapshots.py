"""Snapshots: panels as immutable, content-addressed files that are mapped into memory."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InvalidInput, NotFound, StoreUnavailable
from titan_research.panel import Panel
from titan_research.types import Field, Interval

__all__ = ["SnapshotStore"]

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".tmp-"
_KEYS = "keys"
_GRACE_SECONDS = 60.0


class SnapshotStore:
    """A directory of panels, each in a directory named by its fingerprint.

    An entry appears by one rename after everything in it is on disk, so that it is whole or not there. Panels
    come back read-only, share their memory with every process that loads them, and are checked against their
    name the first time.
    """

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)
        self._verified: dict[str, tuple[int, int]] = {}

    def save(self, panel: Panel) -> str:
        """Keep a panel and return its fingerprint; the same panel saved again, or elsewhere, is one entry."""
        fingerprint = panel.fingerprint
        if self.exists(fingerprint):
            return fingerprint
        with self._temporary() as temporary:
            _write_array(temporary / "values.npy", panel.values)
            _write_array(temporary / "index.npy", panel.index.asi8)
            meta = {"symbols": panel.symbols, "field": panel.field, "interval": panel.interval, "format": 1}
            _write_text(temporary / "meta.json", json.dumps(meta))
            _sync_directory(temporary)
            try:
                temporary.rename(self._directory / fingerprint)
            except OSError:
                if not self.exists(fingerprint):
                    raise
        _sync_directory(self._directory)
        return fingerprint

    def load(self, fingerprint: str, *, verify: bool = True) -> Panel:
        """Map a panel into memory; ``verify`` hashes its content the first time that this object loads it.

        Raises NotFound for an unknown fingerprint and StoreUnavailable for an entry that is damaged.
        """
        path = self._path(fingerprint)
        if not path.is_dir():
            raise NotFound(f"snapshot {fingerprint[:12]} is not in {self._directory}", fingerprint=fingerprint)
        try:
            meta = json.loads((path / "meta.json").read_text(encoding="utf-8"))
            values = np.load(path / "values.npy", mmap_mode="r", allow_pickle=False)
            stamps = np.load(path / "index.npy", allow_pickle=False)
            index = pd.DatetimeIndex(stamps.view("datetime64[us]")).tz_localize("UTC")
            panel = Panel(values, index, tuple(meta["symbols"]), Field(meta["field"]), Interval(meta["interval"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise self._damaged(fingerprint) from error
        stat = (path / "values.npy").stat()
        identity = (stat.st_mtime_ns, stat.st_size)
        if verify and self._verified.get(fingerprint) != identity:
            if panel.fingerprint != fingerprint:
                raise self._damaged(fingerprint)
            self._verified[fingerprint] = identity
        panel.__dict__["fingerprint"] = fingerprint
        return panel

    def exists(self, fingerprint: str) -> bool:
        return self._path(fingerprint).is_dir()

    def list(self) -> tuple[str, ...]:
        """The fingerprints that are kept, sorted."""
        if not self._directory.is_dir():
            return ()
        return tuple(sorted(path.name for path in self._directory.iterdir() if _FINGERPRINT.fullmatch(path.name)))

    def delete(self, fingerprint: str) -> None:
        """Remove an entry; panels that are already loaded stay usable."""
        path = self._path(fingerprint)
        if path.is_dir():
            with self._temporary() as temporary:
                path.rename(temporary / fingerprint)

    def sweep(self) -> int:
        """Remove what killed processes left half written, not work in progress; return how many."""
        n_removed = 0
        for path in self._directory.glob(f"{_TEMPORARY}*"):
            try:
                with (path / "lock").open("r+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            except FileNotFoundError:
                if path.is_dir() and time.time() - path.stat().st_mtime < _GRACE_SECONDS:
                    continue
            shutil.rmtree(path, ignore_errors=True)
            n_removed += 1
        return n_removed

    def find(self, key: str) -> Panel | None:
        """The panel that was remembered under ``key``, None where there is none or it is damaged."""
        try:
            return self.load((self._directory / _KEYS / key).read_text(encoding="ascii"))
        except (FileNotFoundError, NotFound, InvalidInput):
            return None
        except StoreUnavailable:
            self.delete((self._directory / _KEYS / key).read_text(encoding="ascii"))
            return None

    def remember(self, key: str, panel: Panel) -> str:
        """Keep a panel and the key of the question that it answers."""
        fingerprint = self.save(panel)
        keys = self._directory / _KEYS
        keys.mkdir(exist_ok=True)
        with self._temporary() as temporary:
            _write_text(temporary / key, fingerprint)
            (temporary / key).replace(keys / key)
        return fingerprint

    def _path(self, fingerprint: str) -> Path:
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise InvalidInput(f"expected a fingerprint of 64 hexadecimal digits, received {fingerprint[:70]!r}")
        return self._directory / fingerprint

    def _damaged(self, fingerprint: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"snapshot {fingerprint[:12]} in {self._directory} is damaged; delete it and read again",
            fingerprint=fingerprint,
        )

    @contextmanager
    def _temporary(self) -> Iterator[Path]:
        """A directory of our own, locked while this process lives, removed at the end if still there."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            path = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self._directory))
        except OSError as error:
            raise StoreUnavailable(f"{self._directory}: cannot write snapshots: {error.strerror}") from error
        try:
            with (path / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield path
        except OSError as error:
            raise StoreUnavailable(f"{self._directory}: cannot write snapshots: {error.strerror}") from error
        finally:
            shutil.rmtree(path, ignore_errors=True)


def _write_array(path: Path, values: npt.NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, values, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
