from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from django_site import checks
from django_site.routers import MARKET, MarketDataRouter
from django_site.trading.models import BarSeries, Instrument, PriceBar

REPOSITORY = Path(__file__).resolve().parents[2]


def run(tmp_path: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "TITAN_HOME": str(tmp_path), **variables}
    return subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 20_000), ("foreign_keys", 1)],
)
def test_sqlite_is_opened_so_that_writers_queue_and_readers_never_wait(pragma: str, value: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone() == (value,)
    assert settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS", False)


def test_postgresql_gets_a_checked_pool(tmp_path: Path) -> None:
    code = "from django_site.settings import DATABASES as d; print(d['default'])"
    shown = run(tmp_path, "-c", code, DATABASE_URL="postgresql://anna@db/titan?sslmode=require").stdout

    assert "'pool': {" in shown
    assert "'CONN_HEALTH_CHECKS': True" in shown
    assert "'sslmode': 'require'" in shown
    assert "'CONN_MAX_AGE': 0" in shown


def test_one_database_needs_no_router(tmp_path: Path) -> None:
    code = "from django_site.settings import DATABASES, DATABASE_ROUTERS as r; print(sorted(DATABASES), r)"

    assert run(tmp_path, "-c", code).stdout == "['default'] []\n"


def test_bars_live_in_the_market_database_and_everything_else_does_not() -> None:
    router = MarketDataRouter()

    assert router.db_for_write(PriceBar) == router.db_for_read(BarSeries) == MARKET
    assert router.db_for_read(Instrument) is None
    assert router.allow_migrate(MARKET, "trading", "pricebar")
    assert not router.allow_migrate("default", "trading", "pricebar")
    assert not router.allow_migrate(MARKET, "auth", "user")
    assert router.allow_migrate("default", "auth", "user")


@pytest.mark.django_db
def test_the_market_database_holds_the_bar_tables_only() -> None:
    tables = set(connections[MARKET].introspection.table_names())

    assert {"bar_series", "price_bar"} <= tables
    assert "run" not in tables
    assert "price_bar" not in connections["default"].introspection.table_names()


def test_nobody_gets_in_without_authentication() -> None:
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["rest_framework.permissions.IsAuthenticated"]


def test_celery_speaks_json_only() -> None:
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == settings.CELERY_RESULT_SERIALIZER == "json"
    assert settings.CELERY_TASK_ALWAYS_EAGER is False


def test_jupyter_listens_to_this_machine_only() -> None:
    assert "--ip=127.0.0.1" in settings.NOTEBOOK_ARGUMENTS
    assert not any("token=" in argument for argument in settings.NOTEBOOK_ARGUMENTS)


@pytest.mark.parametrize("module", ["django_site.wsgi", "django_site.asgi"])
def test_a_server_refuses_to_start_without_the_async_guard(module: str, tmp_path: Path) -> None:
    done = run(tmp_path, "-c", f"import {module}", DJANGO_ALLOW_ASYNC_UNSAFE="1", JPY_PARENT_PID="1")

    assert done.returncode == 1
    assert "DJANGO_ALLOW_ASYNC_UNSAFE is set" in done.stderr


def test_a_worker_refuses_to_start_without_the_async_guard(tmp_path: Path) -> None:
    code = "from celery.signals import worker_init; import django_site.celery; worker_init.send(sender=None)"
    done = run(tmp_path, "-c", code, DJANGO_ALLOW_ASYNC_UNSAFE="1")

    assert done.returncode == 1
    assert "DJANGO_ALLOW_ASYNC_UNSAFE is set" in done.stderr


def test_the_system_check_knows_a_kernel_from_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert [found.id for found in checks.check_async_guard()] == ["titan.E001"]

    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert checks.check_async_guard() == []


def test_production_refuses_what_is_fine_on_a_laptop(settings: object) -> None:
    settings.TITAN = {**settings.TITAN, "PRODUCTION": True, "SECRET_IS_LOCAL": True}  # type: ignore[attr-defined]
    settings.DEBUG = True  # type: ignore[attr-defined]
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]

    assert [found.id for found in checks.check_production()] == ["titan.E002", "titan.E003", "titan.E004"]


def test_an_old_sqlite_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 31, 0))

    assert [found.id for found in checks.check_sqlite_version()] == ["titan.W001"]


def test_the_log_has_one_line_with_the_run(tmp_path: Path) -> None:
    code = (
        "from django_site.boot import setup; setup(); setup(); import logging;"
        "log = logging.getLogger('services.x');"
        "log.info('scan done', extra={'run_id': 7}); log.warning('no run')"
    )
    done = run(tmp_path, "-c", code)
    first, second = done.stderr.splitlines()

    assert done.stdout == ""
    assert first.endswith("Z level=INFO logger=services.x run=7 scan done")
    assert second.endswith("Z level=WARNING logger=services.x run=- no run")


@pytest.mark.skipif(find_spec("django_site.urls") is None, reason="the pages are not there yet")
def test_production_passes_every_deployment_check(tmp_path: Path) -> None:
    production = {
        "TITAN_PRODUCTION": "1",
        "DJANGO_SECRET_KEY": "k3y-" * 4 + "abcdefghijklmnopqrstuvwxyz0123456789",
        "DJANGO_ALLOWED_HOSTS": "titan.example.org",
    }
    command = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    done = run(tmp_path, *command, **production)

    assert done.returncode == 0, done.stderr
    assert run(tmp_path, *command, **production, DJANGO_ALLOW_ASYNC_UNSAFE="1").returncode == 1
