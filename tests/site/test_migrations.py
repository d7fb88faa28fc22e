from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from titan_research.store.schema import TABLES

REPOSITORY = Path(__file__).resolve().parents[2]
MIGRATE = (
    "from django_site.boot import setup; setup();"
    "from django.core.management import call_command; call_command('migrate', skip_checks=True, verbosity=0)"
)


def migrate(home: Path, **variables: str) -> None:
    environment = {"PATH": os.environ["PATH"], "TITAN_HOME": str(home), **variables}
    subprocess.run([sys.executable, "-c", MIGRATE], cwd=REPOSITORY, env=environment, check=True)


def columns(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    affinity = {"bigint": "integer"}
    return sorted(
        (name, affinity.get(kind.lower(), kind.lower()), notnull, pk) for _, name, kind, notnull, _, pk in rows
    )


@pytest.mark.django_db
def test_the_models_have_no_change_without_a_migration() -> None:
    output = StringIO()
    call_command("makemigrations", check_changes=True, dry_run=True, skip_checks=True, stdout=output)

    assert "No changes detected" in output.getvalue()


def test_the_store_and_django_make_the_same_tables(tmp_path: Path) -> None:
    by_store, by_django = tmp_path / "store.db", tmp_path / "titan.db"
    with closing(sqlite3.connect(by_store)) as connection:
        for statement in TABLES:
            connection.execute(statement)
    migrate(tmp_path)

    for table in ("bar_series", "price_bar"):
        assert columns(by_store, table) == columns(by_django, table)


def test_bars_that_were_stored_before_django_came_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "titan.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("INSERT INTO bar_series VALUES (1, 'KO', '1d', 0, 86400, 86400, 1)")
        connection.execute("INSERT INTO price_bar (series_id, time, close) VALUES (1, 86400, 10.5)")
    migrate(tmp_path)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT close FROM price_bar").fetchall() == [(10.5,)]
        assert connection.execute("SELECT count(*) FROM run").fetchall() == [(0,)]
