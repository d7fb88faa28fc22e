"""Bars: one symbol, column by column, page by page through time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.seed import seed_shared


@pytest.fixture
def client(client_of: Callable[[str], Any], people: dict[str, Any]) -> Any:
    seed_shared(7)
    return client_of("me")


def test_pages_of_bars_join_without_gap_or_repeat(client: Any) -> None:
    address, times, closes, n_pages = "/api/v1/bars/?symbol=KO&limit=3", [], [], 0
    while address:
        page = client.get(address).json()
        times += page["columns"]["time"]
        closes += page["columns"]["close"]
        address, n_pages = page["next"], n_pages + 1
    assert n_pages == 3
    assert times == [f"2020-01-0{day}T00:00:00Z" for day in range(2, 9)]
    assert closes == [10.0 + number for number in range(7)]


def test_bars_between_two_days_inclusive(client: Any) -> None:
    page = client.get("/api/v1/bars/?symbol=KO&start=2020-01-03&end=2020-01-05").json()
    assert [time[:10] for time in page["columns"]["time"]] == ["2020-01-03", "2020-01-04", "2020-01-05"]
    assert page["columns"]["open"] == [None] * 3
    assert page["next"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 400), ("symbol=", 400), ("symbol=ko", 400), ("symbol=%00", 400), ("symbol=../etc", 400),
        ("symbol=NONE", 404), ("symbol=KO&limit=5001", 400), ("symbol=KO&limit=1e20", 400),
        ("symbol=KO&limit=5000", 200), ("symbol=KO&after=garbage", 400), ("symbol=KO&after=%00", 400),
        ("symbol=KO&interval=2d", 400), ("symbol=KO&interval=1h", 404), ("symbol=KO&cursor=abc", 400),
        ("symbol=KO&offset=3", 400), ("symbol=KO&start=1e30", 400),
        (f"symbol=KO&after={quote('9999-12-31T23:59:59-12:00')}", 400),
    ],
)  # fmt: skip
def test_bars_are_asked_for_exactly(query: str, expected: int, client: Any) -> None:
    answer = client.get(f"/api/v1/bars/?{query}")
    assert answer.status_code == expected
    if expected != 200:
        assert set(answer.json()) == {"error", "message", "details"}


def test_bars_are_for_users_only(client_of: Callable[[str], Any]) -> None:
    assert client_of("anonymous").get("/api/v1/bars/?symbol=KO").status_code == 401
