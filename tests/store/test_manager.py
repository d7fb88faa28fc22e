"""The door to the stored bars."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import Conflict, InsufficientData, InvalidInput, NotConfigured, NotFound
from titan_research.panel import Panel
from titan_research.store.manager import DatabaseManager
from titan_research.types import Field

pytestmark = pytest.mark.anyio
MakeBars = Callable[..., pd.DataFrame]


async def test_what_was_written_is_read_back_bit_for_bit(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("PEP", "KO", n=50)
    async with manager:
        written = await manager.write_bars(bars.sample(frac=1, random_state=1))
        read = await manager.read_bars(["KO", "PEP"])

    assert (written.n_rows, written.n_inserted, written.n_changed, written.n_unchanged) == (100, 100, 0, 0)
    expected = bars.sort_values(["symbol", "time"], ignore_index=True).astype({"time": read["time"].dtype})
    pd.testing.assert_frame_equal(read, expected, check_exact=True)


async def test_writing_the_same_bars_again_changes_nothing(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("KO", "PEP", n=30)
    async with manager:
        await manager.write_bars(bars)
        before = await manager.revisions(["KO", "PEP"])
        again = await manager.write_bars(bars)
        assert await manager.revisions(["KO", "PEP"]) == before

    assert (again.n_inserted, again.n_changed, again.n_unchanged) == (0, 0, 60)


async def test_a_restated_bar_bumps_exactly_its_series(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("KO", "PEP", n=30)
    async with manager:
        await manager.write_bars(bars)
        before = await manager.revisions(["KO", "PEP"])
        restated = bars.copy()
        restated.loc[3, "volume"] += 1
        result = await manager.write_bars(restated)
        after = await manager.revisions(["KO", "PEP"])

    assert (result.n_changed, result.n_unchanged) == (1, 59)
    assert after == {"KO": before["KO"] + 1, "PEP": before["PEP"]}


async def test_new_bars_move_the_end_and_not_the_revision(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("KO", n=30)
    async with manager:
        await manager.write_bars(bars.iloc[:20])
        before = await manager.revisions(["KO"])
        result = await manager.write_bars(bars.iloc[15:])
        assert await manager.revisions(["KO"]) == before
        coverage = await manager.coverage()

    assert (result.n_inserted, result.n_unchanged) == (10, 5)
    assert coverage.loc[0, "last"] == bars["time"].iloc[-1]
    assert coverage.loc[0, "n_bars"] == 30


async def test_filling_a_hole_in_history_bumps_the_revision(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("KO", n=30)
    async with manager:
        await manager.write_bars(bars.drop(index=[0, 7]))
        before = await manager.revisions(["KO"])
        result = await manager.write_bars(bars.iloc[[0, 7]])
        after = await manager.revisions(["KO"])
        coverage = await manager.coverage()

    assert (result.n_inserted, result.n_changed) == (2, 0)
    assert after["KO"] == before["KO"] + 1
    assert (coverage.loc[0, "first"], coverage.loc[0, "n_bars"]) == (bars["time"].iloc[0], 30)


async def test_sessions_of_a_panel_are_the_union_of_its_symbols(manager: DatabaseManager, make_bars: MakeBars) -> None:
    ko, pep = make_bars("KO", n=10), make_bars("PEP", n=10, start="2020-01-06")
    async with manager:
        await manager.write_bars(pd.concat([ko.drop(index=2), pep]))
        panel = await manager.read_panel(["PEP", "KO"])
        part = await manager.read_panel(["KO"], start="2020-01-02", end="2020-01-04")
        volume = await manager.read_panel(["KO"], field="volume")

    expected = pd.concat([ko.drop(index=2), pep]).pivot(index="time", columns="symbol", values="close")
    assert panel.symbols == ("PEP", "KO")
    assert len(panel) == len(expected) == 14
    np.testing.assert_array_equal(panel.values, expected[["PEP", "KO"]].to_numpy())
    assert [f"{stamp:%m-%d}" for stamp in part.index] == ["01-02", "01-04"]
    assert volume.field is Field.VOLUME
    np.testing.assert_array_equal(volume.column("KO"), ko["volume"].drop(index=2))


async def test_bars_off_the_lattice_of_their_interval_are_placed_too(manager: DatabaseManager) -> None:
    times = pd.to_datetime(["2020-01-01T09:30:00Z", "2020-01-01T09:31:07Z", "2031-05-05T00:00:01Z"])
    bars = pd.DataFrame({"symbol": ["A", "B", "A"], "time": times, "close": [1.0, 2.0, 3.0]})
    async with manager:
        await manager.write_bars(bars, "1m")
        panel = await manager.read_panel(["A", "B"], interval="1m")

    assert list(panel.index) == list(times)
    np.testing.assert_array_equal(panel.values, [[1, np.nan], [np.nan, 2], [3, np.nan]])


async def test_a_panel_written_and_read_is_the_same_panel(manager: DatabaseManager) -> None:
    values = np.array([[1.0, np.nan], [np.nan, 2.0], [3.0, 0.1 + 0.2]])
    panel = Panel(values, pd.date_range("2020-01-01", periods=3, tz="UTC"), ("KO", "PEP"))
    async with manager:
        result = await manager.write_panel(panel)
        read = await manager.read_panel(["KO", "PEP"])

    assert result.n_inserted == 4
    assert read.fingerprint == panel.fingerprint


async def test_columns_that_are_not_given_stay_as_they_are(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("KO", n=5)
    async with manager:
        await manager.write_bars(bars)
        again = await manager.write_bars(bars[["symbol", "time", "close"]])
        read = await manager.read_bars(["KO"])

    assert again.n_unchanged == 5
    np.testing.assert_array_equal(read["volume"], bars["volume"])


async def test_a_close_outside_the_stored_range_is_a_conflict(manager: DatabaseManager, make_bars: MakeBars) -> None:
    bars = make_bars("KO", n=5)
    async with manager:
        await manager.write_bars(bars)
        with pytest.raises(Conflict, match=r"KO 1d.*write open, high, low and close together"):
            await manager.write_bars(bars[["symbol", "time", "close"]].assign(close=bars["close"] * 2))
        pd.testing.assert_series_equal((await manager.read_bars(["KO"]))["close"], bars["close"])


async def test_intervals_of_one_symbol_are_kept_apart(manager: DatabaseManager, make_bars: MakeBars) -> None:
    async with manager:
        await manager.write_bars(make_bars("KO", n=3))
        await manager.write_bars(make_bars("KO", n=4, scale=2.0), "1h")
        assert len(await manager.read_panel(["KO"])) == 3
        assert len(await manager.read_panel(["KO"], interval="1h")) == 4
        assert await manager.symbols() == ("KO",)
        assert await manager.symbols("1m") == ()


async def test_an_unknown_symbol_is_answered_with_close_matches(manager: DatabaseManager, make_bars: MakeBars) -> None:
    async with manager:
        with pytest.raises(NotFound, match="store is empty"):
            await manager.read_panel(["KO"])
        await manager.write_bars(make_bars("MSFT", "MRK", n=3))
        with pytest.raises(NotFound, match="did you mean MSFT") as caught:
            await manager.read_bars(["MSTF"])
        with pytest.raises(NotFound, match="2 are: MRK, MSFT"):
            await manager.revisions(["ZZZZ"])
    assert caught.value.details["close_matches"] == ["MSFT"]


async def test_a_range_without_bars_is_insufficient_data(manager: DatabaseManager, make_bars: MakeBars) -> None:
    async with manager:
        await manager.write_bars(make_bars("KO", n=3))
        with pytest.raises(InsufficientData, match="from 2021-01-01"):
            await manager.read_panel(["KO"], start="2021-01-01")
        with pytest.raises(InvalidInput, match="start <= end"):
            await manager.read_panel(["KO"], start="2021-01-01", end="2020-01-01")


async def test_deleted_bars_are_gone_and_bump_the_revision(manager: DatabaseManager, make_bars: MakeBars) -> None:
    async with manager:
        await manager.write_bars(make_bars("KO", "PEP", n=10))
        before = await manager.revisions(["KO", "PEP"])
        n_deleted = await manager.delete_bars(["KO"], start="2020-01-04", end="2020-01-06")
        none_left = await manager.delete_bars(["KO"], start="2020-01-04", end="2020-01-06")
        after = await manager.revisions(["KO", "PEP"])
        assert len(await manager.read_panel(["KO"])) == 7
        await manager.delete_bars(["KO"])
        coverage = await manager.coverage()
        assert await manager.symbols() == ("PEP",)

    assert (n_deleted, none_left) == (3, 0)
    assert after == {"KO": before["KO"] + 1, "PEP": before["PEP"]}
    assert coverage.loc[0, "n_bars"] == 0
    assert pd.isna(coverage.loc[0, "last"])


async def test_deleting_many_bars_takes_several_transactions(manager: DatabaseManager, make_bars: MakeBars) -> None:
    async with manager:
        await manager.write_bars(make_bars("KO", n=11_000, start="1990-01-01"))
        assert await manager.delete_bars(["KO"]) == 11_000


async def test_stats_count_what_is_stored(manager: DatabaseManager, make_bars: MakeBars, tmp_path: Path) -> None:
    async with manager:
        assert (await manager.stats()).n_bars == 0
        await manager.write_bars(make_bars("KO", "PEP", n=10))
        stats = await manager.stats()

    assert (stats.backend, stats.n_symbols, stats.n_series, stats.n_bars) == ("sqlite", 2, 2, 20)
    assert stats.location == str(tmp_path / "bars.db")
    assert stats.size_bytes > 0
    assert stats.to_dict()["start"] == "2020-01-01T00:00:00+00:00"


async def test_progress_reaches_the_number_of_bars(manager: DatabaseManager, make_bars: MakeBars) -> None:
    seen: list[tuple[int, int]] = []
    async with manager:
        await manager.write_bars(
            make_bars("KO", n=12_000, start="1980-01-01"),
            progress=lambda done, total: seen.append((done, total)),
        )
    assert seen[-1] == (12_000, 12_000)
    assert len(seen) >= 3


async def test_cancelling_a_write_keeps_whole_transactions_and_a_rerun_completes_it(
    manager: DatabaseManager, make_bars: MakeBars
) -> None:
    bars = make_bars("KO", n=20_000, start="1971-01-01")

    def stop(done: int, total: int) -> None:
        raise asyncio.CancelledError

    async with manager:
        with pytest.raises(asyncio.CancelledError):
            await manager.write_bars(bars, progress=stop)
        n_first = len(await manager.read_panel(["KO"]))
        result = await manager.write_bars(bars)
        assert (await manager.revisions(["KO"])) == {"KO": 1}

    assert 0 < n_first <= 5_000
    assert (result.n_inserted, result.n_unchanged) == (20_000 - n_first, n_first)


async def test_close_may_be_called_twice_and_the_manager_used_again(
    manager: DatabaseManager, make_bars: MakeBars
) -> None:
    await manager.close()
    await manager.write_bars(make_bars("KO", n=3))
    await manager.close()
    await manager.close()
    assert len(await manager.read_panel(["KO"])) == 3
    await manager.close()


def test_one_manager_serves_several_event_loops(manager: DatabaseManager, make_bars: MakeBars) -> None:
    asyncio.run(manager.write_bars(make_bars("KO", n=3)))
    assert len(asyncio.run(manager.read_panel(["KO"]))) == 3
    asyncio.run(manager.close())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda bars: bars.assign(close=np.nan),
            r"10 of 10 bars are broken.*KO at 2020-01-01: close missing",
        ),
        (lambda bars: bars.assign(close=-1.0), "close negative"),
        (lambda bars: bars.assign(high=np.inf), "high infinite"),
        (lambda bars: bars.assign(high=bars["low"] / 2), "high below low"),
        (lambda bars: bars.assign(volume=-1.0), "volume negative"),
        (lambda bars: bars.assign(close="1"), "close: expected numbers"),
        (lambda bars: bars.assign(symbol="ko"), "use upper case"),
        (lambda bars: bars.assign(symbol=None), "symbol: 10 of 10 are missing"),
        (lambda bars: bars.assign(time=1_577_836_800), "expected timestamps"),
        (lambda bars: bars.assign(time=pd.NaT), "10 of 10 are missing"),
        (lambda bars: bars.assign(time=bars["time"] + pd.Timedelta(hours=16)), "midnight UTC"),
        (lambda bars: bars.assign(time=bars["time"] + pd.Timedelta(milliseconds=1)), "whole seconds"),
        (lambda bars: bars.assign(time=bars["time"] - pd.Timedelta(days=40_000)), "1970 to 2100"),
        (lambda bars: bars.drop(columns="close"), r"missing \['close'\]"),
        (lambda bars: bars.rename(columns={"volume": "volumne"}), "volumne"),
    ],
)
async def test_bars_that_cannot_be_are_refused_and_nothing_is_written(
    manager: DatabaseManager,
    make_bars: MakeBars,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    async with manager:
        with pytest.raises(InvalidInput, match=message):
            await manager.write_bars(change(make_bars("KO", n=10)))
        assert (await manager.stats()).n_bars == 0


async def test_exact_repeats_count_as_unchanged_and_contradictions_are_refused(
    manager: DatabaseManager, make_bars: MakeBars
) -> None:
    bars = make_bars("KO", n=3)
    async with manager:
        result = await manager.write_bars(pd.concat([bars, bars.iloc[:1]]))
        with pytest.raises(Conflict, match=r"KO at 2020-01-01: two bars with volume"):
            await manager.write_bars(pd.concat([bars, bars.iloc[:1].assign(volume=5.5)]))
    assert (result.n_rows, result.n_inserted, result.n_unchanged) == (4, 3, 1)


async def test_writing_no_bars_is_no_error(manager: DatabaseManager, make_bars: MakeBars) -> None:
    async with manager:
        assert (await manager.write_bars(make_bars("KO").iloc[:0])).n_rows == 0
        assert (await manager.read_bars(["KO"]) if await manager.symbols() else None) is None


async def test_only_closes_can_be_written_as_a_panel(manager: DatabaseManager) -> None:
    panel = Panel(np.ones((1, 1)), pd.DatetimeIndex(["2020-01-01"]), ("KO",), Field.VOLUME)
    with pytest.raises(InvalidInput, match="panel of close"):
        await manager.write_panel(panel)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "titan.db", "mysql://x/y", ""])
def test_a_url_that_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="expected sqlite:///"):
        DatabaseManager.from_url(url)


def test_postgresql_says_in_one_line_that_it_comes_later() -> None:
    with pytest.raises(NotConfigured, match="embedded store only") as caught:
        DatabaseManager.from_url("postgresql://me:secret@host/titan")
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_password_in_a_wrong_url_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        DatabaseManager.from_url("mysql://me:secret@host/titan")
    assert "secret" not in str(caught.value)


async def test_a_relative_url_is_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_bars: MakeBars
) -> None:
    monkeypatch.chdir(tmp_path)
    async with DatabaseManager.from_url("sqlite:///deep/er/bars.db") as manager:
        await manager.write_bars(make_bars("KO", n=1))
    assert (tmp_path / "deep" / "er" / "bars.db").exists()
