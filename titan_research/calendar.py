"""How many bars a year has, from the exchange calendar; no formula carries a literal 252."""

from __future__ import annotations

import functools
import warnings

from titan_research.errors import InvalidInput
from titan_research.types import Interval

__all__ = ["periods_per_year"]

_FIRST_YEAR, _LAST_YEAR = 1990, 2024
_MINUTES = {Interval.MINUTE: 1, Interval.FIVE_MINUTES: 5, Interval.HOUR: 60}


@functools.lru_cache(maxsize=64)
def periods_per_year(interval: Interval | str = Interval.DAY, calendar: str = "XNYS") -> int:
    """Bars a year: sessions of the calendar in the mean year of 1990 to 2024, times the bars of a full session.

    Parameters
    ----------
    interval : of the bars
    calendar : market identifier code known to ``exchange_calendars`` ("XNYS", "XLON", "24/7")

    Returns
    -------
    Whole number: 252 for daily bars in New York, 365 where there is no closing bell
    """
    import exchange_calendars

    kind = Interval(interval)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Series.values returning an ndarray")  # its own, on pandas 3.1
            sessions = exchange_calendars.get_calendar(
                calendar, start=f"{_FIRST_YEAR}-01-01", end=f"{_LAST_YEAR}-12-31"
            )
    except exchange_calendars.errors.InvalidCalendarName:
        raise InvalidInput(
            f"calendar {calendar!r} is not known; expected a market identifier code such as XNYS"
        ) from None
    a_year = len(sessions.sessions) / (_LAST_YEAR - _FIRST_YEAR + 1)
    if kind is Interval.DAY:
        return round(a_year)
    length = sessions.schedule["close"].iloc[-252:] - sessions.schedule["open"].iloc[-252:]
    minutes = length.max().total_seconds() / 60
    return round(a_year) * -(-int(minutes) // _MINUTES[kind])
