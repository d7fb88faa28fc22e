"""The commands as a user types them: exit codes, one line for a mistake, JSON on request."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

COMMANDS = (
    "init", "demo", "lab", "serve", "worker", "ingest", "health", "scan", "pair", "backtest", "walkforward", "regimes",
    "signals", "report", "runs", "reproduce", "audit",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, sample_market: list[Any], titan_home: Path) -> Path:
    """A home of its own with the real sample in it."""
    folder = tmp_path_factory.mktemp("home")
    with (
        closing(sqlite3.connect(titan_home / "sample.db")) as source,
        closing(sqlite3.connect(folder / "titan.db")) as target,
    ):
        source.execute("PRAGMA wal_checkpoint")
        source.backup(target)
    with closing(sqlite3.connect(folder / "titan.db")) as target:  # the site's own tables come with the first command
        names = [name for (name,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in set(names) - {"bar_series", "price_bar", "sqlite_sequence"}:
            target.execute(f'DROP TABLE "{name}"')
    assert titan(folder, "ingest", "sample").returncode == 0
    return folder


def titan(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "MARKET_DATA_URL"}}
    return subprocess.run(
        [sys.executable, "-m", "django_site.cli", *arguments],
        env={**environment, "TITAN_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.slow
def test_the_overview_names_every_command(home: Path) -> None:
    shown = titan(home).stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_with_an_example(name: str) -> None:
    from django.core.management import load_command_class

    command = load_command_class("django_site.trading", name)
    text = command.create_parser("titan", name).format_help()
    assert "example:" in text or not command.example
    assert f"titan {name}" in command.example or name in {"worker"}
    assert "--json" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pair", "KO", "NOPE"], "NOPE"),
        (["pair", "KO", "PEP", "--start", "2022-12-01"], "need 60"),
        (["backtest", "KO", "PEP", "--exit", "3"], "need exit < entry"),
        (["backtest", "KO", "PEP", "--entry", "two"], "invalid float"),
        (["scan", "--universe", "sampel"], "did you mean sample"),
        (["runs", "show", "999"], "no run 999"),
        (["walkforward", "KO"], "two legs"),
        (["report", "pair", "-p", "z=KO"], "unexpected keyword"),
    ],
)
def test_a_mistake_gets_one_line_and_exit_code_2_and_writes_nothing(
    home: Path, arguments: list[str], says: str
) -> None:
    before = _runs(home)
    done = titan(home, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert [run for run in _runs(home) if run not in before and run[1] != "failed"] == []


def _runs(home: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(home / "titan.db")) as database:
        return database.execute("SELECT id, status FROM run").fetchall()


@pytest.mark.slow
def test_a_csv_with_a_wrong_header_gets_one_line(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("ticker;day;price\nAAA;2020-01-02;10\n")
    done = titan(home, "ingest", "csv", str(file))
    assert done.returncode == 2
    assert "wrong.csv" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_json_is_one_document_and_equals_the_stored_run(home: Path) -> None:
    done = titan(home, "scan", "KO", "PEP", "PG", "--start", "2018-01-01", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["n_tests"] == 6
    assert len(answer["table"]) == 6
    listed = json.loads(titan(home, "runs", "--json").stdout)
    assert [run["job"] for run in listed].count("scan") == 1
    assert titan(home, "reproduce", str(listed[0]["id"])).stdout.count("bit for bit") == 1


@pytest.mark.slow
def test_pair_and_signals_from_the_command_line(home: Path) -> None:
    created = titan(home, "pair", "KO", "PEP", "--start", "2018-01-01", "--create")
    assert created.returncode == 0, created.stderr
    assert "is active" in created.stdout
    assert "KO/PEP" in titan(home, "signals", "generate", "--as-of", "2019-06-28").stdout
    assert len(json.loads(titan(home, "signals", "active", "--json").stdout)) == 1
