"""The embedded backend: its settings, its errors, its tables."""

from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import StoreUnavailable
from titan_research.store.manager import DatabaseManager
from titan_research.store.protocol import BarBlock
from titan_research.store.schema import TABLES
from titan_research.store.sqlite import SqliteBarStore

pytestmark = pytest.mark.anyio
MakeBars = Callable[..., pd.DataFrame]

DJANGO_STYLE = (
    'CREATE TABLE "bar_series" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, '
    '"symbol" varchar(32) NOT NULL, "interval" varchar(4) NOT NULL, "revision" bigint NOT NULL, '
    '"first_time" bigint NULL, "last_time" bigint NULL, "n_bars" bigint NOT NULL, '
    'CONSTRAINT "u" UNIQUE ("symbol", "interval"))',
    'CREATE TABLE "price_bar" ("open" real NULL, "high" real NULL, "low" real NULL, "close" real NOT NULL, '
    '"volume" real NULL, '
    '"series_id" bigint NOT NULL REFERENCES "bar_series" ("id") DEFERRABLE INITIALLY DEFERRED, '
    '"time" bigint NOT NULL, PRIMARY KEY ("series_id", "time"), CONSTRAINT "c" CHECK ("close" > 0))',
)


@pytest.mark.parametrize("tables", [TABLES, DJANGO_STYLE], ids=["core", "django"])
async def test_a_file_that_somebody_else_made_is_used_as_it_is(
    tmp_path: Path, tables: tuple[str, ...], make_bars: MakeBars
) -> None:
    path, bars = tmp_path / "made.db", make_bars("KO", n=20)
    with closing(sqlite3.connect(path)) as connection:
        for statement in tables:
            connection.execute(statement)
    async with DatabaseManager.from_url(f"sqlite:///{path}") as manager:
        await manager.write_bars(bars)
        await manager.write_bars(bars.assign(close=bars["high"]))
        assert await manager.revisions(["KO"]) == {"KO": 2}
        np.testing.assert_array_equal((await manager.read_panel(["KO"])).column("KO"), bars["high"])


async def test_a_new_file_is_in_wal_mode(url: str, tmp_path: Path) -> None:
    async with DatabaseManager.from_url(url):
        with closing(sqlite3.connect(tmp_path / "bars.db")) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    "values",
    [
        (0.0, None, None, None),
        (-1.0, None, None, None),
        (1e15, None, None, None),
        (float("inf"), None, None, None),
        (None, None, None, None),
        (1.0, 0.5, None, None),
        (1.0, None, 1.5, None),
        (1.0, 2.0, 0.5, -1.0),
        (1.0, -1.0, None, None),
    ],
)
def test_the_tables_themselves_refuse_a_bar_that_cannot_be(values: tuple[float | None, ...]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("INSERT INTO bar_series VALUES (1, 'KO', '1d', 1, NULL, NULL, 0)")
        insert = "INSERT INTO price_bar (series_id, time, close, high, low, volume) VALUES (1, ?, ?, ?, ?, ?)"
        connection.execute(insert, (0, 1.0, 2.0, 0.5, 0.0))
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(insert, (1, *values))


async def test_a_lock_that_is_held_too_long_is_one_clear_error(tmp_path: Path, make_bars: MakeBars) -> None:
    path = tmp_path / "locked.db"
    manager = DatabaseManager(SqliteBarStore(path, busy_seconds=0.1))
    await manager.write_bars(make_bars("KO", n=3))
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"locked\.db: locked by another process for more than 0\.1 s"):
            await manager.write_bars(make_bars("PEP", n=3))
        assert len(await manager.read_panel(["KO"])) == 3
    await manager.write_bars(make_bars("PEP", n=3))
    await manager.close()


@pytest.mark.parametrize("kind", ["text", "directory", "below_a_file"])
async def test_a_path_that_is_no_database_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "prices.db"
    if kind == "text":
        path.write_text("symbol,date,close\n" * 100)
    elif kind == "directory":
        path.mkdir()
    else:
        path.write_text("x")
        path = path / "deeper.db"
    with pytest.raises(StoreUnavailable, match=r"prices\.db"):
        await DatabaseManager.from_url(f"sqlite:///{path}").initialize()


async def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path, make_bars: MakeBars) -> None:
    path = tmp_path / "bars.db"
    async with DatabaseManager.from_url(f"sqlite:///{path}") as manager:
        await manager.write_bars(make_bars("KO", n=5_000, start="1980-01-01"))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    async with DatabaseManager.from_url(f"sqlite:///{path}") as manager:
        with pytest.raises(StoreUnavailable, match="not a healthy SQLite database"):
            await manager.read_panel(["KO"])


async def test_a_file_that_was_replaced_is_opened_again(tmp_path: Path, make_bars: MakeBars) -> None:
    async with DatabaseManager.from_url(f"sqlite:///{tmp_path / 'bars.db'}") as manager:
        await manager.write_bars(make_bars("KO", n=3))
        for path in tmp_path.glob("bars.db*"):
            path.unlink()
        assert await manager.symbols() == ()
        await manager.write_bars(make_bars("PEP", n=3))
        assert await manager.symbols() == ("PEP",)
    assert (tmp_path / "bars.db").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "small"
    path.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)]
    if mount is None or os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield path
    subprocess.run(["umount", str(path)], check=True)


async def test_a_full_disk_is_named_and_loses_nothing_acknowledged(small_disk: Path, make_bars: MakeBars) -> None:
    path = small_disk / "bars.db"
    manager = DatabaseManager.from_url(f"sqlite:///{path}")
    n_written: list[int] = []
    bars = make_bars("KO", "PEP", "MSFT", n=20_000, start="1971-01-01")
    with pytest.raises(StoreUnavailable, match=r"bars\.db: the disk is full"):
        await manager.write_bars(bars, progress=lambda done, total: n_written.append(done))
    assert (await manager.stats()).n_bars == n_written[-1]
    await manager.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_reads_slip_in_between_the_transactions_of_a_long_write(url: str, make_bars: MakeBars) -> None:
    bars = make_bars("A", "B", n=20_000, start="1971-01-01")
    async with DatabaseManager.from_url(url) as manager:
        write = asyncio.create_task(manager.write_bars(bars))
        while not await manager.symbols():
            await asyncio.sleep(0)
        assert not write.done()
        await write


async def test_cancelling_interrupts_the_statement_and_leaves_the_store_usable(url: str, make_bars: MakeBars) -> None:
    began = threading.Event()

    def endless(connection: sqlite3.Connection) -> int:
        began.set()
        statement = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        return int(connection.execute(statement).fetchone()[0])

    store = SqliteBarStore(url.removeprefix("sqlite:///"))
    task = asyncio.create_task(store._thread.run(endless))
    assert await asyncio.to_thread(began.wait, 5)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    block = BarBlock("KO", np.array([86_400], dtype=np.int64), {"close": np.array([1.0])})
    assert (await store.write([block], "1d")).n_inserted == 1
    await store.close()


async def test_a_store_can_be_sent_to_another_process(url: str, make_bars: MakeBars) -> None:
    async with DatabaseManager.from_url(url) as manager:
        await manager.write_bars(make_bars("KO", n=3))
        copy = pickle.loads(pickle.dumps(manager))
        assert await copy.symbols() == ("KO",)
        await copy.close()


def test_threads_may_share_a_manager(url: str, make_bars: MakeBars) -> None:
    manager, errors = DatabaseManager.from_url(url), []

    def work(name: str) -> None:
        try:
            asyncio.run(manager.write_bars(make_bars(name, n=300)))
            assert len(asyncio.run(manager.read_panel([name]))) == 300
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"T{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(asyncio.run(manager.symbols())) == 6
    asyncio.run(manager.close())
