"""What the columns of a file mean: long form (one bar a row) or wide form (one symbol a column)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from titan_research.errors import InvalidInput
from titan_research.store.schema import BAR_FIELDS
from titan_research.validation import check_symbol

__all__ = ["Layout", "detect_layout"]

_ALIASES = {
    "symbol": "symbol",
    "ticker": "symbol",
    "instrument": "symbol",
    "date": "time",
    "time": "time",
    "datetime": "time",
    "timestamp": "time",
    "session": "time",
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "price": "close",
    "volume": "volume",
}
_EXPECTED = (
    "expected symbol,date,open,high,low,close,volume (open, high, low, volume may be missing) "
    "or date and one column a symbol"
)
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars (|)"}
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of the columns; ``fields`` in long form, ``symbols`` in wide form."""

    n_columns: int
    time: int
    symbol: int | None
    fixed_symbol: str | None
    fields: dict[str, int]
    symbols: dict[str, int]

    @property
    def is_wide(self) -> bool:
        return bool(self.symbols)


def detect_layout(header: Sequence[str], *, source: str, symbol: str | None = None) -> Layout:
    """Return what the header means, or raise InvalidInput with what was expected and what was found.

    ``symbol`` names the instrument of a file that has no symbol column. Columns that are not bars (an
    adjusted close, dividends) are left out; ``close`` must be the raw close.
    """
    names = [name.strip() for name in header]
    found = ",".join(names[:_SHOWN]) + (",..." if len(names) > _SHOWN else "")
    if len(names) == 1:
        for delimiter, spoken in _OTHER_DELIMITERS.items():
            if delimiter in names[0]:
                raise InvalidInput(f"{source}: line 1: expected commas between the columns, found {spoken}: {found!r}")
    lowered = [name.lower() for name in names]
    repeated = sorted({name for name in lowered if lowered.count(name) > 1})
    if repeated:
        raise InvalidInput(f"{source}: line 1: column {repeated[0]!r} appears more than once; found {found!r}")
    places: dict[str, int] = {}
    for position, name in enumerate(lowered):
        meaning = _ALIASES.get(name)
        if meaning is not None and meaning in places:
            raise InvalidInput(f"{source}: line 1: two columns mean {meaning}; found {found!r}")
        if meaning is not None:
            places[meaning] = position
    fields = {name: places[name] for name in BAR_FIELDS if name in places}
    if "time" not in places:
        raise InvalidInput(f"{source}: line 1: {_EXPECTED}; found {found!r}, which has no date column")
    fixed = None if symbol is None else check_symbol(symbol)
    if fields or "symbol" in places:
        if "close" not in fields or ("symbol" not in places and fixed is None):
            lacking = "close" if "close" not in fields else "symbol"
            raise InvalidInput(f"{source}: line 1: {_EXPECTED}; found {found!r}, which has no {lacking} column")
        return Layout(len(names), places["time"], places.get("symbol"), fixed, fields, {})
    symbols = {}
    for position, name in enumerate(names):
        if position != places["time"]:
            try:
                symbols[check_symbol(name.upper())] = position
            except InvalidInput:
                raise InvalidInput(
                    f"{source}: line 1: {_EXPECTED}; found {found!r}, where {name[:40]!r} is no symbol"
                ) from None
    if not symbols:
        raise InvalidInput(f"{source}: line 1: {_EXPECTED}; found {found!r} only")
    return Layout(len(names), places["time"], None, None, {}, symbols)
