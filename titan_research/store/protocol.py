"""What a bar store can do; callers know this and no backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["BarBlock", "BarStore", "Progress", "SeriesInfo", "WriteCounts"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class BarBlock:
    """Bars of one symbol: ``time`` in UTC epoch seconds, increasing; ``columns`` float64, NaN = not known."""

    symbol: str
    time: npt.NDArray[np.int64]
    columns: dict[str, npt.NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.time)


class SeriesInfo(NamedTuple):
    """What is stored of one symbol at one interval; times in UTC epoch seconds, None without bars."""

    symbol: str
    interval: str
    revision: int
    first_time: int | None
    last_time: int | None
    n_bars: int


class WriteCounts(NamedTuple):
    n_inserted: int
    n_changed: int
    n_unchanged: int


class BarStore(Protocol):
    """One place that keeps bars. Every method may be awaited from any event loop."""

    @property
    def backend(self) -> str: ...

    @property
    def location(self) -> str: ...

    async def initialize(self) -> None:
        """Connect and make the tables where they are missing."""

    async def close(self) -> None:
        """Release everything; may be called twice, and the store may be used again."""

    async def write(self, blocks: Sequence[BarBlock], interval: str, progress: Progress | None = None) -> WriteCounts:
        """Insert or correct bars in short transactions; columns that a block lacks are left alone."""

    async def read(
        self, symbols: Sequence[str], interval: str, start: int | None, end: int | None, fields: Sequence[str]
    ) -> tuple[list[SeriesInfo], list[BarBlock]]:
        """What is known of the symbols that exist, and their bars, out of one consistent view."""

    async def catalog(self, interval: str | None = None) -> list[SeriesInfo]:
        """Every series, sorted by symbol and interval."""

    async def delete(self, symbols: Sequence[str], interval: str, start: int | None, end: int | None) -> int:
        """Remove bars, both ends included; return how many there were."""

    async def size_bytes(self) -> int:
        """Bytes on disk."""
