"""Several processes on one file, kills and forks: real processes, real files."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.sources.csv import read_csv
from titan_research.store.manager import DatabaseManager

pytestmark = pytest.mark.anyio
MakeBars = Callable[..., pd.DataFrame]

INGEST = """
import asyncio, sys
from titan_research.sources.csv import read_csv
from titan_research.store.manager import DatabaseManager

async def main(url, path, go):
    async with DatabaseManager.from_url(url) as manager:
        print("ready", flush=True)
        if go == "wait":
            sys.stdin.readline()
        for chunk in read_csv(path, chunk_rows=4_000):
            await manager.write_bars(chunk.good)
            print("chunk", flush=True)
    print("done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""

WRITE_FOR_A_WHILE = """
import asyncio, json, sys, time
import pandas as pd
from titan_research.store.manager import DatabaseManager

async def main(url, seed, seconds):
    times = pd.date_range("2000-01-01", periods=1_000, tz="UTC")
    async with DatabaseManager.from_url(url) as manager:
        n, slowest, deadline = 0, 0.0, time.monotonic() + float(seconds)
        while time.monotonic() < deadline:
            close = pd.Series(range(1_000)) + int(seed) + 1.0 + n
            began = time.monotonic()
            await manager.write_bars(pd.DataFrame({"symbol": f"S{n % 5}", "time": times, "close": close}))
            slowest, n = max(slowest, time.monotonic() - began), n + 1
    print(json.dumps([n, slowest]))

asyncio.run(main(*sys.argv[1:]))
"""

READ_FOR_A_WHILE = """
import asyncio, json, sys, time
import numpy as np
from titan_research.store.manager import DatabaseManager

async def main(url, seconds):
    async with DatabaseManager.from_url(url) as manager:
        n, torn, deadline = 0, 0, time.monotonic() + float(seconds)
        while time.monotonic() < deadline:
            panel = await manager.read_panel(["S0"])
            torn += int(not (np.diff(panel.column("S0")) == 1).all() or len(panel) != 1_000)
            n += 1
    print(json.dumps([n, torn]))

asyncio.run(main(*sys.argv[1:]))
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def content(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute(
            "SELECT symbol, revision, n_bars, first_time, last_time, count(*), min(time), max(time), "
            "total(close), total(time) FROM bar_series JOIN price_bar "
            "ON series_id = id GROUP BY symbol ORDER BY symbol"
        ).fetchall()


@pytest.fixture
def csv_file(tmp_path: Path, make_bars: MakeBars) -> Path:
    path = tmp_path / "bars.csv"
    make_bars("KO", "PEP", "MSFT", n=10_000, start="1972-01-01").to_csv(path, index=False)
    return path


async def ingest(url: str, path: Path) -> None:
    async with DatabaseManager.from_url(url) as manager:
        for chunk in read_csv(path):
            await manager.write_bars(chunk.good)


@pytest.mark.slow
def test_an_ingest_that_is_killed_and_run_again_equals_a_clean_one(tmp_path: Path, csv_file: Path) -> None:
    clean = tmp_path / "clean.db"
    asyncio.run(ingest(f"sqlite:///{clean}", csv_file))
    expected = content(clean)
    assert sum(row[5] for row in expected) == 30_000  # type: ignore[misc]

    interrupted = 0
    for trial in range(4):
        path = tmp_path / f"trial{trial}.db"
        process = start(INGEST, f"sqlite:///{path}", csv_file, "go")
        assert process.stdout is not None
        for _ in range(1 + 2 * trial):
            process.stdout.readline()
        time.sleep(0.003 * trial)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        n_kept = sum(int(row[5]) for row in content(path))  # type: ignore[call-overload]
        interrupted += n_kept < 30_000
        asyncio.run(ingest(f"sqlite:///{path}", csv_file))
        assert content(path) == expected
    assert interrupted >= 1


@pytest.mark.slow
def test_two_ingests_of_one_file_at_once_store_it_once(tmp_path: Path, csv_file: Path) -> None:
    clean, path = tmp_path / "clean.db", tmp_path / "both.db"
    backwards = tmp_path / "backwards.csv"
    lines = csv_file.read_text().splitlines()
    backwards.write_text("\n".join([lines[0], *reversed(lines[1:])]))
    asyncio.run(ingest(f"sqlite:///{clean}", csv_file))

    processes = [start(INGEST, f"sqlite:///{path}", name, "wait") for name in (csv_file, csv_file, backwards)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert all(finish(process).endswith("done\n") for process in processes)

    without_revision = [(row[0], *row[2:]) for row in content(path)]
    assert without_revision == [(row[0], *row[2:]) for row in content(clean)]


@pytest.mark.slow
def test_writers_queue_and_readers_are_never_blocked(tmp_path: Path) -> None:
    url, seconds = f"sqlite:///{tmp_path / 'busy.db'}", 3
    times = pd.date_range("2000-01-01", periods=1_000, tz="UTC")
    bars = pd.DataFrame({"symbol": "S0", "time": times, "close": np.arange(1_000.0) + 1})

    async def prepare() -> None:
        async with DatabaseManager.from_url(url) as manager:
            await manager.write_bars(bars)

    asyncio.run(prepare())
    writers = [start(WRITE_FOR_A_WHILE, url, seed, seconds) for seed in (0, 10_000, 20_000)]
    readers = [start(READ_FOR_A_WHILE, url, seconds) for _ in range(4)]
    wrote = [json.loads(finish(process)) for process in writers]
    read = [json.loads(finish(process)) for process in readers]

    assert min(n for n, _ in wrote) >= 1
    assert max(slowest for _, slowest in wrote) < 15
    assert min(n for n, _ in read) >= 1
    assert sum(torn for _, torn in read) == 0


@pytest.mark.slow
def test_many_processes_may_create_one_store_at_once(tmp_path: Path, csv_file: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    processes = [start(INGEST, url, csv_file, "go") for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in processes:
        process.kill()
        process.communicate()


def test_a_forked_child_uses_a_connection_of_its_own(tmp_path: Path, make_bars: MakeBars) -> None:
    manager = DatabaseManager.from_url(f"sqlite:///{tmp_path / 'fork.db'}")
    asyncio.run(manager.write_bars(make_bars("KO", n=500)))
    inherited = next(iter(manager._store._thread._lanes.values())).connection  # type: ignore[attr-defined]
    children = []
    for child in range(3):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                asyncio.run(manager.write_bars(make_bars(f"C{child}", n=500)))
                own = manager._store._thread._lanes[os.getpid()].connection  # type: ignore[attr-defined]
                read = asyncio.run(manager.read_panel(["KO", f"C{child}"]))
                status = 0 if own is not inherited and len(read) == 500 else 2
            finally:
                os._exit(status)
        children.append(pid)
    parent = asyncio.run(manager.read_panel(["KO"]))
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0, 0, 0]
    assert len(parent) == 500
    assert asyncio.run(manager.symbols()) == ("C0", "C1", "C2", "KO")
    asyncio.run(manager.close())
