"""Text to times, numbers and symbols, exactly and with a reason where it cannot be done."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from titan_research.errors import InvalidInput
from titan_research.types import Interval
from titan_research.validation import check_symbol

__all__ = ["NO_TIME", "TimeParser", "parse_numbers", "parse_symbol", "time_zone"]

NO_TIME = np.iinfo(np.int64).min
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?")
_MISSING = {"", "nan", "null", "none", "na", "n/a"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEMORY = 200_000


def time_zone(name: str | None) -> ZoneInfo:
    """Return the zone that naive times are in; None is UTC."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput(f"tz: expected a zone such as America/New_York, received {name!r}", name="tz") from None


class TimeParser:
    """Turns ISO times into UTC epoch seconds and remembers them, because files repeat their dates."""

    def __init__(self, *, interval: Interval, tz: str | None) -> None:
        self._daily = interval is Interval.DAY
        self._zone = time_zone(tz)
        self._known: dict[str, int | str] = {}

    def parse(self, texts: list[str]) -> tuple[npt.NDArray[np.int64], dict[int, str]]:
        """Return seconds (NO_TIME where there is none) and the reason for each position that has none."""
        known = self._known
        if len(known) > _MEMORY:
            known.clear()
        reasons: dict[int, str] = {}
        seconds = np.empty(len(texts), dtype=np.int64)
        for position, text in enumerate(texts):
            value = known.get(text)
            if value is None:
                value = known[text] = self._one(text.strip())
            if isinstance(value, str):
                reasons[position] = value
                value = NO_TIME
            seconds[position] = value
        return seconds, reasons

    def _one(self, text: str) -> int | str:
        if not _ISO.fullmatch(text):
            if re.fullmatch(r"\d+(\.\d+)?", text):
                return "a bare number; expected an ISO date such as 2024-01-31"
            return "missing" if text.lower() in _MISSING else "expected an ISO date such as 2024-01-31"
        try:
            stamp = datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", ""))
        except ValueError as error:
            return f"no such date: {error}"
        if stamp.microsecond:
            return "finer than a second"
        if self._daily:
            return (
                _label(stamp.date())
                if stamp.timetz().replace(tzinfo=None).isoformat() == "00:00:00"
                else ("a daily bar needs a date, found a time of day")
            )
        return self._instant(stamp)

    def _instant(self, stamp: datetime) -> int | str:
        if stamp.tzinfo is None:
            early, late = stamp.replace(tzinfo=self._zone), stamp.replace(tzinfo=self._zone, fold=1)
            if early.utcoffset() != late.utcoffset():
                exists = early.astimezone(UTC).astimezone(self._zone).replace(tzinfo=None) == stamp
                return (
                    f"happens twice in {self._zone}; give the offset" if exists else f"does not exist in {self._zone}"
                )
            stamp = early
        return (stamp - _EPOCH) // timedelta(seconds=1)


def _label(day: date) -> int:
    return (day - _EPOCH.date()).days * 86_400


def parse_numbers(texts: list[str]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return correctly rounded numbers, NaN for an empty cell, and the positions that hold something else."""
    try:
        if "_" not in "".join(texts):
            return np.array([float(text) if text else math.nan for text in texts], dtype=np.float64), []
    except ValueError:
        pass
    values = np.full(len(texts), math.nan)
    wrong = []
    for position, text in enumerate(texts):
        if text.strip().lower() in _MISSING:
            continue
        try:
            values[position] = math.nan if "_" in text else float(text)
        except ValueError:
            wrong.append(position)
        else:
            if "_" in text:
                wrong.append(position)
    return values, wrong


def parse_symbol(text: str) -> str | None:
    """The symbol in upper case; None where it is none. ``NA`` and ``NULL`` are symbols like any other."""
    try:
        return check_symbol(text.strip().upper())
    except InvalidInput:
        return None
