"""Bars a year come from the exchange calendar."""

from __future__ import annotations

import subprocess
import sys

import pytest

from titan_research.calendar import periods_per_year
from titan_research.errors import InvalidInput
from titan_research.types import Interval


@pytest.mark.parametrize(
    ("interval", "calendar", "bars"),
    [
        ("1d", "XNYS", 252),
        ("1d", "24/7", 365),
        ("1d", "XLON", 253),
        ("1m", "XNYS", 252 * 390),
        ("5m", "XNYS", 252 * 78),
        ("1h", "XNYS", 252 * 7),
        ("1m", "24/7", 365 * 1440),
    ],
)
def test_a_year_has_sessions_times_bars_of_a_full_session(interval: str, calendar: str, bars: int) -> None:
    assert periods_per_year(interval, calendar) == bars


def test_every_interval_has_a_number_of_bars() -> None:
    counts = [periods_per_year(interval) for interval in Interval]
    assert counts == sorted(counts, reverse=True)


def test_an_unknown_calendar_is_the_callers_fault() -> None:
    with pytest.raises(InvalidInput, match=r"XXXX.*XNYS"):
        periods_per_year("1d", "XXXX")


def test_importing_it_loads_no_calendar() -> None:
    code = "import sys, titan_research.calendar; sys.exit('exchange_calendars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
