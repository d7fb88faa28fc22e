"""Validators return the validated thing or raise one clear error."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from titan_research.errors import InvalidInput
from titan_research.validation import check_range, check_symbol, check_symbols, check_timestamp


@pytest.mark.parametrize("symbol", ["KO", "BRK.B", "BRK-B", "ES=F", "BTC/USDT", "A", "0700.HK", "X" * 32, "NA"])
def test_symbols_of_real_markets_are_accepted(symbol: str) -> None:
    assert check_symbol(symbol) == symbol


@pytest.mark.parametrize(
    "symbol",
    ["", "ko", "X" * 33, "../X", "A B", "A\n", "A\x00", "É", "<B>", "=CMD()", "-A", "٣", None, 1, b"KO"],
)
def test_anything_else_is_refused_without_repeating_all_of_it(symbol: object) -> None:
    with pytest.raises(InvalidInput, match="expected 1 to 32 characters"):
        check_symbol(symbol)


def test_repeats_are_dropped_in_order() -> None:
    assert check_symbols(["PEP", "KO", "PEP"]) == ("PEP", "KO")


def test_a_single_string_and_too_few_symbols_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"write \['KO'\]"):
        check_symbols("KO")
    with pytest.raises(InvalidInput, match="at least 2 different ones, received 1"):
        check_symbols(["KO", "KO"], at_least=2)


@pytest.mark.parametrize(
    "value",
    [
        "2015-12-31",
        date(2015, 12, 31),
        datetime(2015, 12, 31, tzinfo=UTC),
        datetime(2015, 12, 31, 3, tzinfo=timezone(timedelta(hours=3))),
        pd.Timestamp("2015-12-31"),
        pd.Timestamp("2015-12-31 01:00", tz="Europe/Paris"),
    ],
)
def test_every_kind_of_date_becomes_one_utc_timestamp(value: object) -> None:
    stamp = check_timestamp(value, name="start")
    assert stamp == pd.Timestamp("2015-12-31", tz="UTC")
    assert stamp is not None
    assert (str(stamp.tz), stamp.unit) == ("UTC", "us")


def test_nothing_stays_nothing() -> None:
    assert check_timestamp(None, name="start") is None
    assert check_timestamp("", name="start") is None


@pytest.mark.parametrize("value", ["yesterday-ish", "2015-13-01", 20151231, 1.5, pd.NaT, ["2015-12-31"], True])
def test_what_is_no_date_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidInput, match="end: expected a date such as 2015-12-31"):
        check_timestamp(value, name="end")


def test_a_range_runs_forward() -> None:
    assert check_range("2015-01-01", None)[1] is None
    with pytest.raises(InvalidInput, match="need start < end"):
        check_range("2015-01-02", "2015-01-01")
