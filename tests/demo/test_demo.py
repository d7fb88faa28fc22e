"""The main job from an empty home, twice, and its four reports in a real browser with the network off."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

KINDS = ("scan", "pair", "walk_forward", "regime")


def _demo(home: Path) -> tuple[dict[str, Any], float]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "MARKET_DATA_URL"}}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "django_site.cli", "demo", "--json"],
        env={**kept, "TITAN_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), time.monotonic() - started


def _runs(home: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(home / "titan.db")) as database:
        return database.execute("SELECT id, identity, status, attempts, finished_at FROM run ORDER BY id").fetchall()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("demo")
    return home, _demo(home)[0]


def test_the_demo_finds_what_there_is_and_says_so(demo: tuple[Path, dict[str, Any]]) -> None:
    _, found = demo
    assert found["n_tests"] == 380
    assert found["n_survivors"] == 0
    assert found["pairs_by_rank"] is True
    assert found["audit_passed"] is True
    assert [row["report"] for row in found["reports"]] == list(KINDS)
    assert len(found["signals"]) == 5


def test_the_second_run_finds_everything_again_and_changes_nothing(demo: tuple[Path, dict[str, Any]]) -> None:
    home, first = demo
    runs, files = _runs(home), {path.name: path.stat().st_mtime_ns for path in (home / "reports").glob("*-*.html")}
    second, _ = _demo(home)
    assert _runs(home) == runs
    assert {status for _, _, status, _, _ in runs} == {"done"}
    assert {path.name: path.stat().st_mtime_ns for path in (home / "reports").glob("*-*.html")} == files
    assert all(row["reused"] for row in second["reports"])
    assert second["pairs"] == first["pairs"]


@pytest.mark.browser
@pytest.mark.parametrize("kind", [*KINDS, "index"])
def test_a_report_opens_without_network_errors_or_empty_figures(demo: tuple[Path, dict[str, Any]], kind: str) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    folder = demo[0] / "reports"
    page_file = folder / "index.html" if kind == "index" else next(folder.glob(f"{kind}-*.html"))
    complaints: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        page.wait_for_load_state("load")
        page.wait_for_timeout(1_500)
        figures = page.locator("figure").count()
        drawn = page.locator("svg.main-svg").count()
        wide = page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert complaints == []
    assert asked == [page_file.as_uri()]
    assert wide <= 390
    if kind != "index":
        assert figures >= 5
        assert drawn >= figures
