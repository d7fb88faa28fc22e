"""One question from five doors: the same bits, computed independently, and one stored run where they share a home."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.conftest import celery_worker

pytestmark = pytest.mark.slow

QUESTION = ("KO", "PEP", "2015-01-01")

SCRIPT = """
from services import BacktestService, PairAnalysisService
PairAnalysisService().find_cointegrated_pairs_sync(["KO", "PEP", "PG"], "2015-01-01")
BacktestService().backtest_pair_sync("KO", "PEP", "2015-01-01")
"""
NOTEBOOK = """
from services.workbench import open_workbench
titan = open_workbench()
scan = await titan.pairs.find_cointegrated_pairs(["KO", "PEP", "PG"], "2015-01-01")
result = titan.backtests.backtest_pair_sync("KO", "PEP", "2015-01-01")
"""
REST = """
from django_site.boot import setup
setup()
from django.conf import settings
settings.ALLOWED_HOSTS.append("testserver")
from django.contrib.auth.models import User
from rest_framework.test import APIClient
import time
client = APIClient()
client.force_authenticate(User.objects.get_or_create(username="door", is_staff=True)[0])
for job, body in {
    "scan": {"symbols": ["KO", "PEP", "PG"], "start": "2015-01-01"},
    "backtest": {"y": "KO", "x": "PEP", "start": "2015-01-01"},
}.items():
    answer = client.post(f"/api/v1/jobs/{job}/", body, format="json")
    assert answer.status_code in (200, 202), answer.content
    url = f"/api/v1/runs/{answer.json()['run']['id']}/"
    deadline = time.monotonic() + 120
    while (status := client.get(url).json()["status"]) in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == "done", status
"""
WORKER = """
import time
from django_site.boot import setup
setup()
from django_site.trading.dispatch import submit
from services import BacktestService, PairAnalysisService, RunService
queued = [
    PairAnalysisService(source="worker").enqueue_scan_sync(["KO", "PEP", "PG"], "2015-01-01"),
    BacktestService(source="worker").enqueue_backtest_sync("KO", "PEP", "2015-01-01"),
]
for run in queued:
    if not run.is_done:
        submit(run.id)
deadline = time.monotonic() + 120
def unfinished():
    return [run.id for run in queued if RunService().show_sync(run.id)["status"] in ("queued", "running")]
while unfinished() and time.monotonic() < deadline:
    time.sleep(0.1)
assert not unfinished()
"""
DOORS = ("script", "notebook", "command line", "rest", "worker")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample in it, to be copied for every door."""
    home = tmp_path_factory.mktemp("filled")
    _run(home, [sys.executable, "-m", "django_site.cli", "ingest", "sample"])
    with closing(sqlite3.connect(home / "titan.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


def _environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "MARKET_DATA_URL"}}
    return {**kept, "TITAN_HOME": str(home), **more}


def _run(home: Path, command: list[str], **more: str) -> str:
    done = subprocess.run(
        command, env=_environment(home, **more), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _enter(door: str, home: Path, broker: str) -> None:
    titan = [sys.executable, "-m", "django_site.cli"]
    if door == "command line":
        _run(home, [*titan, "scan", "KO", "PEP", "PG", "--start", "2015-01-01", "--json"])
        _run(home, [*titan, "backtest", "KO", "PEP", "--start", "2015-01-01", "--json"])
    elif door == "notebook":
        notebook = home / "door.ipynb"
        cell = {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": NOTEBOOK,
        }
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        notebook.write_text(json.dumps(content))
        _run(home, [sys.executable, "-m", "papermill", str(notebook), str(home / "done.ipynb"), "--no-progress-bar"])
    elif door == "worker":
        with celery_worker(home / "worker.log", _environment(home, CELERY_BROKER_URL=broker)):
            _run(home, [sys.executable, "-c", WORKER], CELERY_BROKER_URL=broker)
    else:
        _run(home, [sys.executable, "-c", {"script": SCRIPT, "rest": REST}[door]])


def _stored(home: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(home / "titan.db")) as database:
        rows = database.execute(
            "SELECT run.job, run.identity, run.status, artifact.name, artifact.sha256 FROM run "
            "JOIN run_artifact AS artifact ON artifact.run_id = run.id ORDER BY run.job, artifact.name"
        ).fetchall()
    return {f"{job} {name}": (identity, status, digest) for job, identity, status, name, digest in rows}


@pytest.mark.redis
def test_every_door_computes_the_same_bits_and_together_they_are_one_run(
    filled: Path, tmp_path: Path, broker: str
) -> None:
    answers = {}
    for door in DOORS:
        home = tmp_path / door.replace(" ", "-")
        shutil.copytree(filled, home)
        _enter(door, home, broker)
        answers[door] = _stored(home)
    assert len(answers["script"]) > 5
    assert {status for _, status, _ in answers["script"].values()} == {"done"}
    for door in DOORS[1:]:
        assert answers[door] == answers["script"], door

    shared = tmp_path / "script"
    for door in DOORS[1:]:
        _enter(door, shared, broker)
    assert _stored(shared) == answers["script"]
    with closing(sqlite3.connect(shared / "titan.db")) as database:
        assert database.execute("SELECT count(*), max(attempts) FROM run").fetchone() == (2, 1)
