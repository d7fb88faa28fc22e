"""Every test process works in a home of its own: real SQLite files, because ``:memory:`` hides locking."""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts background jobs like that; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

HOME = Path(tempfile.mkdtemp(prefix="titan-tests-"))
MARKET_FILE, EMPTY_MARKET, SAMPLE_MARKET = HOME / "market.db", HOME / "empty.db", HOME / "sample.db"
UNSET = ("TITAN_REPORTS", "CELERY_BROKER_URL", "DJANGO_DEBUG", "DJANGO_ALLOWED_HOSTS", "TITAN_PRODUCTION")
CATALOG = "SELECT symbol, interval, revision, n_bars FROM bar_series ORDER BY symbol, interval"

os.environ["TITAN_HOME"] = str(HOME)
os.environ["DATABASE_URL"] = f"sqlite:///{HOME / 'titan.db'}"
os.environ["MARKET_DATA_URL"] = f"sqlite:///{MARKET_FILE}"
os.environ["DJANGO_SECRET_KEY"] = "for-tests-only-" + "0" * 32
for name in (*UNSET, "DJANGO_ALLOW_ASYNC_UNSAFE", "JPY_PARENT_PID"):
    os.environ.pop(name, None)


def _take_settings_again() -> None:
    """pytest-django read the settings before any conftest; read them again as the tests need them."""
    module = sys.modules.get("django_site.settings")
    if module is None:
        return
    from django.conf import settings
    from django.db import connections as open_connections
    from django.db import router

    connections: Any = open_connections

    fresh = importlib.reload(module)
    for name in filter(str.isupper, dir(fresh)):
        setattr(settings, name, getattr(fresh, name))
    for database in settings.DATABASES.values():
        database["TEST"] = {"NAME": database["NAME"]}
    # A test holds a transaction on every database. On the bars it must not hold the write lock,
    # because the store writes them through a connection of its own.
    settings.DATABASES["market"]["OPTIONS"]["transaction_mode"] = "DEFERRED"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for alias in ("default", "market"):
        if hasattr(connections._connections, alias):
            del connections[alias]
    connections._settings = None
    for handler, cached in ((connections, "settings"), (router, "routers")):
        vars(handler).pop(cached, None)


_take_settings_again()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres: needs the PostgreSQL server binaries")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that may use the database may use both."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = getattr(item, "fixturenames", ())
        if marker is None and "transactional_db" in fixtures:
            item.add_marker(pytest.mark.django_db(transaction=True, databases="__all__"))
        elif marker is None and "db" in fixtures:
            item.add_marker(pytest.mark.django_db(databases="__all__"))
        elif marker is not None and "databases" not in marker.kwargs and len(marker.args) < 3:
            item.add_marker(pytest.mark.django_db(*marker.args, **marker.kwargs, databases="__all__"), append=False)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Bars that the store wrote in an earlier test were not part of its transaction: take them away."""
    if "sample_prices" not in getattr(item, "fixturenames", ()) and _bars():
        _copy(EMPTY_MARKET, MARKET_FILE)
        shutil.rmtree(HOME / "snapshots", ignore_errors=True)


def _bars() -> list[tuple[Any, ...]]:
    """The catalog of the market store."""
    if not MARKET_FILE.exists():
        return []
    with closing(sqlite3.connect(MARKET_FILE, timeout=20)) as connection:
        try:
            return connection.execute(CATALOG).fetchall()
        except sqlite3.OperationalError:
            return []


def _copy(source: Path, target: Path) -> None:
    """Through SQLite, because other connections to the target may be open."""
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target, timeout=20)) as writer:
        reader.backup(writer)


async def _write_sample(path: Path) -> None:
    from titan_research.sources.sample import sample_bars
    from titan_research.store.manager import DatabaseManager

    async with DatabaseManager.from_url(f"sqlite:///{path}") as store:
        await store.write_bars(sample_bars())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """After pytest-django made the databases: keep a copy of the market without bars."""
    _copy(MARKET_FILE, EMPTY_MARKET)


@pytest.fixture(scope="session")
def sample_market(django_db_setup: None) -> list[tuple[Any, ...]]:
    """A file with the real sample, written once by every test process; gives its catalog."""
    _copy(EMPTY_MARKET, SAMPLE_MARKET)
    asyncio.run(_write_sample(SAMPLE_MARKET))
    with closing(sqlite3.connect(SAMPLE_MARKET)) as connection:
        return connection.execute(CATALOG).fetchall()


@pytest.fixture
def sample_prices(sample_market: list[tuple[Any, ...]]) -> tuple[str, ...]:
    """The symbols of the real sample; it fills the market store for this test, otherwise that is empty."""
    if _bars() != sample_market:
        _copy(SAMPLE_MARKET, MARKET_FILE)
    return tuple(symbol for symbol, *_ in sample_market)


@pytest.fixture(scope="session")
def titan_home() -> Path:
    """The TITAN_HOME of this test process; commands that a test starts inherit it."""
    return HOME


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix() -> None:
    """Every test process has its own home already."""
