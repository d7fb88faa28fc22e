"""The bar store against plain sqlite3 in the same run: ratios, medians of interleaved rounds.

100 symbols x 2,520 daily bars, open to volume. ``1.5x`` means one and a half times as long as the baseline.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from titan_research.store.manager import DatabaseManager
from titan_research.store.schema import TABLES

N_SYMBOLS, N_SESSIONS, ROUNDS = 100, 2_520, 5
FIELDS = ("open", "high", "low", "close", "volume")


def make_bars() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    n = N_SYMBOLS * N_SESSIONS
    close = rng.lognormal(4, 0.3, n)
    return pd.DataFrame(
        {
            "symbol": np.repeat([f"S{number:03d}" for number in range(N_SYMBOLS)], N_SESSIONS),
            "time": np.tile(pd.bdate_range("2010-01-01", periods=N_SESSIONS, tz="UTC"), N_SYMBOLS),
            "open": close,
            "high": close * 1.01,
            "low": close * 0.99,
            "close": close,
            "volume": rng.integers(1, 10**7, n).astype(float),
        }
    )


def plain_write(path: Path, rows: list[tuple[object, ...]]) -> None:
    """One transaction of ready-made tuples: the least that Python and SQLite can do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO bar_series VALUES (?, ?, '1d', 1, NULL, NULL, 0)",
            [(number + 1, f"S{number:03d}") for number in range(N_SYMBOLS)],
        )
        connection.executemany("INSERT INTO price_bar VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")


def plain_read(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return len(connection.execute("SELECT series_id, time, close FROM price_bar").fetchall())


def pivot_read(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT series_id, time, close FROM price_bar").fetchall()
    frame = pd.DataFrame(rows, columns=["symbol", "time", "close"])
    return len(frame.pivot(index="time", columns="symbol", values="close"))


async def clock(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def once(
    directory: Path, bars: pd.DataFrame, rows: list[tuple[object, ...]], taken: dict[str, list[float]]
) -> None:
    plain, ours = directory / "plain.db", directory / "ours.db"
    names = sorted(set(bars["symbol"]))
    began = time.perf_counter()
    plain_write(plain, rows)
    taken["plain write"].append(time.perf_counter() - began)
    async with DatabaseManager.from_url(f"sqlite:///{ours}") as manager:
        taken["write_bars"].append(await clock(lambda: manager.write_bars(bars)))
        taken["write_bars again"].append(await clock(lambda: manager.write_bars(bars)))
        began = time.perf_counter()
        plain_read(plain)
        taken["plain read"].append(time.perf_counter() - began)
        taken["read_panel"].append(await clock(lambda: manager.read_panel(names)))
        began = time.perf_counter()
        pivot_read(plain)
        taken["pivot read"].append(time.perf_counter() - began)
    async with DatabaseManager.from_url(f"sqlite:///{ours}", snapshots=directory / "snapshots") as manager:
        await manager.read_panel(names)
        await manager.read_panel(names)
        taken["read_panel from a snapshot"].append(await clock(lambda: manager.read_panel(names)))


def main() -> None:
    bars = make_bars()
    ids = np.repeat(np.arange(1, N_SYMBOLS + 1), N_SESSIONS).tolist()
    seconds = pd.DatetimeIndex(bars["time"]).as_unit("s").asi8.tolist()
    rows = list(zip(ids, seconds, *(bars[name].tolist() for name in FIELDS), strict=True))
    names = ("plain write", "write_bars", "write_bars again", "plain read", "pivot read", "read_panel")
    taken: dict[str, list[float]] = {name: [] for name in (*names, "read_panel from a snapshot")}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            asyncio.run(once(Path(directory), bars, rows, taken))
    median = {name: statistics.median(values) for name, values in taken.items()}
    n = len(bars)
    write, read = median["plain write"], median["plain read"]
    print(f"{n:,} bars of {N_SYMBOLS} symbols, median of {ROUNDS} rounds")
    print(f"  sqlite3 executemany, tuples ready        1.00x  {n / write:>10,.0f} bars/s  (baseline of writing)")
    for name in ("write_bars", "write_bars again"):
        print(f"  {name:<40} {median[name] / write:.2f}x  {n / median[name]:>10,.0f} bars/s")
    print(f"  sqlite3 fetchall                         1.00x  {n / read:>10,.0f} bars/s  (baseline of reading)")
    for name in ("read_panel", "pivot read", "read_panel from a snapshot"):
        print(f"  {name:<40} {median[name] / read:.3f}x  {n / median[name]:>10,.0f} bars/s")


if __name__ == "__main__":
    main()
