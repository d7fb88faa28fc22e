"""Snapshots: whole or not there, the same bits, read-only, found again only while nothing was revised."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import InvalidInput, NotFound, StoreUnavailable
from titan_research.panel import Panel
from titan_research.store.manager import DatabaseManager
from titan_research.store.snapshots import SnapshotStore
from titan_research.types import Field, Interval

pytestmark = pytest.mark.anyio
MakeBars = Callable[..., pd.DataFrame]

SAVE_FOR_EVER = """
import sys
import numpy as np, pandas as pd
from titan_research.panel import Panel
from titan_research.store.snapshots import SnapshotStore

store = SnapshotStore(sys.argv[1])
index = pd.date_range("2000-01-01", periods=20_000, tz="UTC")
for seed in range(int(sys.argv[2]), 1_000_000):
    values = np.random.default_rng(seed).random((20_000, 5))
    print(store.save(Panel(values, index, tuple("ABCDE"))), flush=True)
"""


@pytest.fixture
def snapshots(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "snapshots")


@pytest.fixture
def panel() -> Panel:
    values = np.array([[1.0, np.nan], [0.1 + 0.2, 5e-324], [3.0, 4.0]])
    index = pd.DatetimeIndex(["2020-01-01T09:30", "2020-01-01T09:31", "2024-06-03T00:00"], tz="UTC")
    return Panel(values, index, ("KO", "BRK/B"), Field.OPEN, Interval.MINUTE)


def test_a_panel_comes_back_with_every_bit(snapshots: SnapshotStore, panel: Panel) -> None:
    fingerprint = snapshots.save(panel)
    loaded = SnapshotStore(snapshots._directory).load(fingerprint)

    assert fingerprint == panel.fingerprint == loaded.fingerprint
    assert loaded.values.tobytes() == panel.values.tobytes()
    assert loaded.index.equals(panel.index)
    assert (loaded.symbols, loaded.field, loaded.interval) == (panel.symbols, panel.field, panel.interval)


def test_a_loaded_panel_is_mapped_and_read_only(snapshots: SnapshotStore, panel: Panel) -> None:
    loaded = snapshots.load(snapshots.save(panel))

    with pytest.raises(ValueError, match="read-only"):
        loaded.values[0, 0] = 2.0
    base = loaded.values
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_saving_twice_is_one_entry(snapshots: SnapshotStore, panel: Panel) -> None:
    assert snapshots.save(panel) == snapshots.save(panel)
    assert snapshots.list() == (panel.fingerprint,)
    assert snapshots.exists(panel.fingerprint)
    assert [path.name for path in snapshots._directory.iterdir()] == [panel.fingerprint]


@pytest.mark.parametrize("name", ["values.npy", "index.npy", "meta.json"])
@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_damaged_entry_is_never_handed_out(snapshots: SnapshotStore, panel: Panel, name: str, damage: str) -> None:
    path = snapshots._directory / snapshots.save(panel) / name
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:-9])
    elif damage == "flip":
        content[-5] ^= 1
        path.write_bytes(content)

    with pytest.raises(StoreUnavailable, match="damaged"):
        SnapshotStore(snapshots._directory).load(panel.fingerprint)


def test_pickled_content_is_not_read(snapshots: SnapshotStore, panel: Panel) -> None:
    path = snapshots._directory / snapshots.save(panel) / "index.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(StoreUnavailable, match="damaged"):
        snapshots.load(panel.fingerprint)


@pytest.mark.parametrize("name", ["../etc", "", "A" * 64, "0" * 63, "0" * 64 + "/.."])
def test_a_name_that_is_no_fingerprint_never_becomes_a_path(snapshots: SnapshotStore, name: str) -> None:
    with pytest.raises(InvalidInput, match="64 hexadecimal"):
        snapshots.load(name)


def test_an_unknown_fingerprint_is_not_found(snapshots: SnapshotStore) -> None:
    with pytest.raises(NotFound, match="000000000000"):
        snapshots.load("0" * 64)
    assert snapshots.list() == ()
    assert snapshots.find("0" * 64) is None


def test_a_deleted_entry_is_gone_and_a_loaded_panel_stays(snapshots: SnapshotStore, panel: Panel) -> None:
    loaded = snapshots.load(snapshots.save(panel))
    snapshots.delete(panel.fingerprint)
    snapshots.delete(panel.fingerprint)
    assert not snapshots.exists(panel.fingerprint)
    np.testing.assert_array_equal(loaded.values, panel.values)


def test_sweep_leaves_work_in_progress_alone(snapshots: SnapshotStore, panel: Panel) -> None:
    snapshots.save(panel)
    orphan = snapshots._directory / ".tmp-orphan"
    orphan.mkdir()
    (orphan / "lock").touch()
    (orphan / "values.npy").write_bytes(b"half")
    just_made = snapshots._directory / ".tmp-justmade"
    just_made.mkdir()
    with snapshots._temporary() as busy:
        assert snapshots.sweep() == 1
        assert busy.is_dir()
    assert not orphan.exists()
    assert just_made.exists()
    assert snapshots.list() == (panel.fingerprint,)


@pytest.mark.slow
def test_a_save_that_is_killed_leaves_whole_entries_and_rubbish_that_is_swept(tmp_path: Path) -> None:
    directory = tmp_path / "snapshots"
    for trial in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(directory), str(1_000 * trial)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02 + 0.013 * trial)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    snapshots = SnapshotStore(directory)
    snapshots.sweep()

    assert len(snapshots.list()) >= 3
    for fingerprint in snapshots.list():
        assert snapshots.load(fingerprint).fingerprint == fingerprint
    assert [path for path in directory.iterdir() if path.name.startswith(".tmp-")] == []


async def test_a_panel_is_read_from_its_snapshot_until_its_history_changes(
    tmp_path: Path, url: str, make_bars: MakeBars
) -> None:
    bars = make_bars("KO", "PEP", "XOM", n=40)
    manager = DatabaseManager.from_url(url, snapshots=tmp_path / "snapshots")
    entries = SnapshotStore(tmp_path / "snapshots")

    async def read() -> Panel:
        return await manager.read_panel(["KO", "PEP"], end="2020-01-20")

    await manager.write_bars(bars.iloc[:30])
    await manager.write_bars(bars.iloc[40:])
    first = await read()
    again = await read()
    assert isinstance(again.values.base, np.memmap)
    assert again.fingerprint == first.fingerprint

    await manager.write_bars(bars)
    assert (await read()).fingerprint == first.fingerprint
    assert len(entries.list()) == 1

    restated = bars.assign(close=bars["close"].where(bars.index != 5, bars["low"]))
    await manager.write_bars(restated[restated["symbol"] != "XOM"])
    changed = await read()
    assert changed.values[5, 0] == bars["low"][5]
    assert len(entries.list()) == 2

    await manager.write_bars(bars[bars["symbol"] == "XOM"].assign(volume=0.0))
    assert isinstance((await read()).values.base, np.memmap)

    await manager.delete_bars(["KO"], end="2020-01-03")
    assert np.isnan((await read()).values[:3, 0]).all()
    await manager.close()


async def test_new_bars_reach_an_open_range_and_a_range_that_was_not_over(
    tmp_path: Path, url: str, make_bars: MakeBars
) -> None:
    bars = make_bars("KO", n=30)
    async with DatabaseManager.from_url(url, snapshots=tmp_path / "snapshots") as manager:
        await manager.write_bars(bars.iloc[:10])
        assert len(await manager.read_panel(["KO"])) == 10
        assert len(await manager.read_panel(["KO"], end="2020-01-20")) == 10
        await manager.write_bars(bars)
        assert len(await manager.read_panel(["KO"])) == 30
        assert len(await manager.read_panel(["KO"], end="2020-01-20")) == 20


async def test_a_damaged_snapshot_is_replaced_from_the_store(tmp_path: Path, url: str, make_bars: MakeBars) -> None:
    async with DatabaseManager.from_url(url, snapshots=tmp_path / "snapshots") as manager:
        await manager.write_bars(make_bars("KO", n=40))
        first = await manager.read_panel(["KO"])
        (tmp_path / "snapshots" / first.fingerprint / "meta.json").write_text(json.dumps({"symbols": ["PEP"]}))
    async with DatabaseManager.from_url(url, snapshots=tmp_path / "snapshots") as manager:
        assert (await manager.read_panel(["KO"])).fingerprint == first.fingerprint
        assert SnapshotStore(tmp_path / "snapshots").load(first.fingerprint).symbols == ("KO",)
