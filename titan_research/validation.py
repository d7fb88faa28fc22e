"""Validators: each returns the validated thing or raises one clear error."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

import pandas as pd

from titan_research.errors import InvalidInput

__all__ = ["check_range", "check_symbol", "check_symbols", "check_timestamp"]

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9._^=/-]{0,31}")


def check_symbol(symbol: object) -> str:
    """Return ``symbol`` or raise: 1 to 32 of A-Z 0-9 . _ ^ = / -, starting with a letter or digit."""
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
        raise InvalidInput(
            f"symbol {str(symbol)[:40]!r}: expected 1 to 32 characters of A-Z, 0-9 and . _ ^ = / -, starting with a "
            "letter or digit (use upper case)",
            symbol=str(symbol)[:40],
        )
    return symbol


def check_symbols(symbols: Iterable[object], *, at_least: int = 1) -> tuple[str, ...]:
    """Return the symbols as a tuple without repeats, in the order given."""
    if isinstance(symbols, str):
        raise InvalidInput(f"symbols: expected a list of symbols, received the string {symbols!r}; write [{symbols!r}]")
    checked = tuple(dict.fromkeys(check_symbol(symbol) for symbol in symbols))
    if len(checked) < at_least:
        raise InvalidInput(f"symbols: expected at least {at_least} different ones, received {len(checked)}")
    return checked


def check_timestamp(value: object, *, name: str) -> pd.Timestamp | None:
    """Return ``value`` as a UTC timestamp; None stays None. A date without a zone is a session label (UTC midnight)."""
    if value is None or value == "":
        return None
    if not isinstance(value, str | date | datetime | pd.Timestamp):
        raise InvalidInput(f"{name}: expected a date such as 2015-12-31, received {value!r}", name=name)
    try:
        stamp = pd.Timestamp(value)
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"{name}: expected a date such as 2015-12-31, received {value!r}", name=name) from error
    if stamp is pd.NaT:
        raise InvalidInput(f"{name}: expected a date such as 2015-12-31, received {value!r}", name=name)
    return (stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")).as_unit("us")


def check_range(start: object, end: object) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return both ends as UTC timestamps, ``start`` before ``end``."""
    first, last = check_timestamp(start, name="start"), check_timestamp(end, name="end")
    if first is not None and last is not None and first >= last:
        raise InvalidInput(f"need start < end; received start={first:%Y-%m-%d}, end={last:%Y-%m-%d}")
    return first, last
