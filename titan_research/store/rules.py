"""What a bar may look like: the one list of rules behind ingest, the store and the health report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from titan_research.store.schema import MAX_PRICE, MAX_VOLUME

__all__ = ["FIRST_TIME", "LAST_TIME", "BrokenRule", "broken_rules"]

FIRST_TIME = 0  # 1970-01-01
LAST_TIME = 4_133_980_799  # 2100-12-31 23:59:59


class BrokenRule(NamedTuple):
    """Rows that break one rule; ``column`` is the field to look at."""

    rows: npt.NDArray[np.bool_]
    column: str
    reason: str


def broken_rules(columns: Mapping[str, npt.NDArray[np.float64]]) -> list[BrokenRule]:
    """Return every rule that at least one row breaks.

    Parameters
    ----------
    columns : float64 arrays of equal length by field name; ``close`` must be there, the others may be

    Notes
    -----
    Timing: looks at one bar at a time. Missing: NaN in open, high, low or volume means "not known" and
    passes; a NaN close is broken, because a bar without a close is no bar.
    """
    found: list[BrokenRule] = []

    def note(rows: npt.NDArray[np.bool_], column: str, reason: str) -> None:
        if rows.any():
            found.append(BrokenRule(rows, column, reason))

    close = columns["close"]
    note(np.isnan(close), "close", "missing")
    for field in ("close", "open", "high", "low"):
        if field in columns:
            values = columns[field]
            note(np.isinf(values), field, "infinite")
            note(values == 0, field, "zero")
            note(np.isfinite(values) & (values < 0), field, "negative")
            note(np.isfinite(values) & (values >= MAX_PRICE), field, f"not below {MAX_PRICE:g}")
    if "volume" in columns:
        volume = columns["volume"]
        note(np.isinf(volume), "volume", "infinite")
        note(np.isfinite(volume) & (volume >= MAX_VOLUME), "volume", f"not below {MAX_VOLUME:g}")
        note(np.isfinite(volume) & (volume < 0), "volume", "negative")
    if "high" in columns and "low" in columns:
        note(columns["high"] < columns["low"], "high", "below low")
    if "high" in columns:
        note(close > columns["high"], "close", "above high")
        if "open" in columns:
            note(columns["open"] > columns["high"], "open", "above high")
    if "low" in columns:
        note(close < columns["low"], "close", "below low")
        if "open" in columns:
            note(columns["open"] < columns["low"], "open", "below low")
    return found
