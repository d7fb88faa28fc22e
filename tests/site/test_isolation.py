"""The promises of the fixtures in tests/conftest.py; the tests may run in any order and on any process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from django.conf import settings

from django_site.trading.models import BarSeries, PriceBar, Run
from titan_research.store.manager import DatabaseManager


def write(symbol: str) -> None:
    bars = pd.DataFrame({"symbol": [symbol], "time": [pd.Timestamp("2020-01-02", tz="UTC")], "close": [1.5]})

    async def run() -> None:
        async with DatabaseManager.from_url(settings.TITAN["MARKET_DATA_URL"]) as store:
            await store.write_bars(bars)

    asyncio.run(run())


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_the_store_writes_inside_a_test_and_the_next_test_does_not_see_it(turn: int) -> None:
    assert BarSeries.objects.filter(symbol="MINE").count() == 0
    write("MINE")

    assert Run.objects.count() == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_the_sample_is_there_for_the_orm_and_for_the_store(
    turn: int, sample_prices: tuple[str, ...], transactional_db: None
) -> None:
    assert {"KO", "PEP", "SPX"} <= set(sample_prices)
    ko = PriceBar.objects.for_symbol("KO", interval="1d")
    assert ko.count() == BarSeries.objects.get(symbol="KO").n_bars == 8313
    write("KO")

    assert PriceBar.objects.get(series__symbol="KO", time=pd.Timestamp("2020-01-02", tz="UTC")).close == 1.5


@pytest.mark.django_db
def test_a_test_reads_the_sample_inside_its_transaction(sample_prices: tuple[str, ...]) -> None:
    last = PriceBar.objects.for_symbol("KO", interval="1d").between(pd.Timestamp("2022-12-28", tz="UTC"), None).get()

    assert last.close > 60


def test_databases_are_files_in_the_home_of_this_process(titan_home: Path) -> None:
    for database in settings.DATABASES.values():
        assert Path(database["NAME"]).parent == titan_home
    assert settings.TITAN["HOME"] == titan_home


def test_a_command_of_a_test_works_in_the_same_home(titan_home: Path) -> None:
    code = "from django_site.settings import TITAN; print(TITAN['HOME'])"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(titan_home)
