"""What writing did and how much is stored."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from titan_research.results import Result

__all__ = ["StoreStats", "WriteResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult(Result):
    """What a write did; ``n_rows`` = inserted + changed + unchanged, exact repeats count as unchanged."""

    n_rows: int
    n_inserted: int
    n_changed: int
    n_unchanged: int
    n_symbols: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStats(Result):
    """The size of a store; ``start`` and ``end`` are None where it is empty."""

    backend: str
    location: str
    n_symbols: int
    n_series: int
    n_bars: int
    start: pd.Timestamp | None
    end: pd.Timestamp | None
    size_bytes: int
