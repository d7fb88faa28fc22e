"""Panel: the (session x symbol) block that everything computes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InvalidInput, NotFound
from titan_research.types import Field, Interval
from titan_research.validation import check_symbols, check_timestamp

__all__ = ["Panel"]


@dataclass(frozen=True, eq=False)
class Panel:
    """One field of many symbols over many sessions; immutable.

    Attributes
    ----------
    values : float64 array (sessions x symbols), read-only, each symbol's series contiguous; NaN = no bar
    index : DatetimeIndex, UTC, strictly increasing; a daily bar is labelled with its session at midnight UTC
    symbols : tuple of str, unique, in column order
    field, interval : what the numbers are
    """

    values: npt.NDArray[np.float64]
    index: pd.DatetimeIndex
    symbols: tuple[str, ...]
    field: Field = Field.CLOSE
    interval: Interval = Interval.DAY

    def __post_init__(self) -> None:
        symbols = check_symbols(self.symbols)
        if len(symbols) != len(self.symbols):
            raise InvalidInput("Panel: every symbol may appear once only")
        if not isinstance(self.index, pd.DatetimeIndex):
            raise InvalidInput(f"Panel: expected a DatetimeIndex, received {type(self.index).__name__}")
        index = self.index.tz_localize("UTC") if self.index.tz is None else self.index.tz_convert("UTC")
        index = index.as_unit("us")
        if not (index.is_monotonic_increasing and index.is_unique):
            raise InvalidInput("Panel: sessions must be strictly increasing; sort and drop repeats first")
        values = np.asfortranarray(self.values, dtype=np.float64)
        if values.shape != (len(index), len(symbols)):
            raise InvalidInput(f"Panel: values have shape {values.shape}, expected {(len(index), len(symbols))}")
        if values is self.values and values.flags.writeable:
            values = values.copy(order="F")
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "index", index)
        object.__setattr__(self, "symbols", symbols)
        object.__setattr__(self, "field", Field(self.field))
        object.__setattr__(self, "interval", Interval(self.interval))

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, field: Field | str = Field.CLOSE, interval: Interval | str = Interval.DAY
    ) -> Panel:
        """Make a panel from a frame of sessions x symbols; naive timestamps are UTC session labels."""
        if not isinstance(frame, pd.DataFrame):
            raise InvalidInput(f"expected a DataFrame of sessions x symbols, received {type(frame).__name__}")
        try:  # a copy, so that later changes of the frame do not reach the panel
            values = np.array(frame.to_numpy(dtype=np.float64, na_value=np.nan), order="F")
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"expected numeric columns only: {error}") from error
        if pd.api.types.is_numeric_dtype(frame.index.dtype):
            raise InvalidInput(f"expected a DatetimeIndex of sessions, received an index of {frame.index.dtype}")
        try:
            index = pd.DatetimeIndex(frame.index)
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"expected a DatetimeIndex of sessions: {error}") from error
        values.flags.writeable = False
        return cls(values, index, tuple(map(str, frame.columns)), Field(field), Interval(interval))

    def to_frame(self) -> pd.DataFrame:
        """Sessions x symbols, sharing the panel's read-only memory."""
        return pd.DataFrame(self.values, index=self.index, columns=list(self.symbols), copy=False)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def n_sessions(self) -> int:
        return len(self.index)

    @property
    def n_symbols(self) -> int:
        return len(self.symbols)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over field, interval, symbols, sessions and the bits of every value."""
        digest = hashlib.sha256(f"panel/1|{self.field}|{self.interval}|{'|'.join(self.symbols)}".encode())
        digest.update(self.index.asi8.tobytes())
        digest.update((np.where(np.isnan(self.values), np.nan, self.values) + 0.0).tobytes(order="F"))
        return digest.hexdigest()

    def column(self, symbol: str) -> npt.NDArray[np.float64]:
        """The series of one symbol, contiguous and read-only."""
        return self.values[:, self._position(symbol)]

    def series(self, symbol: str) -> pd.Series:
        return pd.Series(self.column(symbol), index=self.index, name=symbol, copy=False)

    def select(self, symbols: Iterable[str]) -> Panel:
        """The named symbols, in that order."""
        positions = [self._position(symbol) for symbol in symbols]
        chosen = tuple(self.symbols[position] for position in positions)
        return Panel(self.values[:, positions], self.index, chosen, self.field, self.interval)

    def between(self, start: object = None, end: object = None) -> Panel:
        """The sessions from start to end, both included."""
        first, last = check_timestamp(start, name="start"), check_timestamp(end, name="end")
        lo = 0 if first is None else int(self.index.searchsorted(first, side="left"))
        hi = len(self.index) if last is None else int(self.index.searchsorted(last, side="right"))
        return self.rows(lo, max(lo, hi))

    def rows(self, start: int, stop: int) -> Panel:
        """Sessions by position, like a slice."""
        return Panel(self.values[start:stop], self.index[start:stop], self.symbols, self.field, self.interval)

    def _position(self, symbol: str) -> int:
        try:
            return self.symbols.index(symbol)
        except ValueError:
            known = ", ".join(self.symbols[:12]) + (" ..." if len(self.symbols) > 12 else "")
            raise NotFound(f"symbol {symbol!r} is not in the panel; it has {known}", symbol=symbol) from None

    def __repr__(self) -> str:
        span = f"{self.index[0]:%Y-%m-%d}..{self.index[-1]:%Y-%m-%d}" if len(self) else "empty"
        shape = f"{self.n_sessions} sessions x {self.n_symbols} symbols"
        return f"Panel({shape}, {span}, {self.field}, {self.interval})"
