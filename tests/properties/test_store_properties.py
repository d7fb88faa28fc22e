"""What holds for any bars: nothing is lost, nothing depends on order, nothing happens twice."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_research.panel import Panel
from titan_research.sources.csv import read_csv
from titan_research.sources.quality import check_rows
from titan_research.store.manager import DatabaseManager
from titan_research.store.snapshots import SnapshotStore

FEW = settings(max_examples=25, deadline=None)
PRICES = st.floats(min_value=5e-324, max_value=9.9e14, allow_subnormal=True)
VOLUMES = st.floats(min_value=0.0, max_value=1e299)
DAYS = st.integers(0, 200)
SYMBOLS = st.sampled_from(["KO", "PEP", "NA", "BTC/USDT", "0700.HK"])


@st.composite
def closes(draw: st.DrawFn) -> pd.DataFrame:
    """Bars with distinct keys; open, high and low are the close or not known."""
    keys = draw(st.lists(st.tuples(SYMBOLS, DAYS), min_size=1, max_size=40, unique=True))
    n = len(keys)
    close = np.array(draw(st.lists(PRICES, min_size=n, max_size=n)))
    known = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    volume = np.array(draw(st.lists(st.one_of(VOLUMES, st.just(np.nan)), min_size=n, max_size=n)))
    times = pd.Timestamp("2020-01-01", tz="UTC") + pd.to_timedelta([day for _, day in keys], unit="D")
    optional = np.where(known, close, np.nan)
    return pd.DataFrame(
        {
            "symbol": [symbol for symbol, _ in keys],
            "time": pd.DatetimeIndex(times).as_unit("us"),
            "open": optional,
            "high": optional,
            "low": optional,
            "close": close,
            "volume": volume,
        }
    ).astype({"symbol": "str"})


def ordered(bars: pd.DataFrame) -> pd.DataFrame:
    return bars.sort_values(["symbol", "time"], ignore_index=True)


@FEW
@given(bars=closes(), seed=st.integers(0, 1000))
def test_what_is_written_in_any_order_is_read_back_bit_for_bit(bars: pd.DataFrame, seed: int) -> None:
    async def round_trip(directory: str) -> None:
        async with DatabaseManager.from_url(f"sqlite:///{directory}/bars.db") as manager:
            written = await manager.write_bars(bars.sample(frac=1, random_state=seed))
            again = await manager.write_bars(bars)
            names = sorted(set(bars["symbol"]))
            read = await manager.read_bars(names)
            panel = await manager.read_panel(names)
            revisions = await manager.revisions(names)

        assert written.n_inserted == again.n_unchanged == len(bars)
        assert again.n_changed == again.n_inserted == 0
        assert set(revisions.values()) == {1}
        pd.testing.assert_frame_equal(read, ordered(bars), check_exact=True)
        expected = bars.pivot(index="time", columns="symbol", values="close")[names]
        assert panel.values.tobytes(order="C") == expected.to_numpy().tobytes(order="C")
        assert list(panel.index) == list(expected.index)

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(round_trip(directory))


@FEW
@given(bars=closes(), changes=st.lists(st.tuples(st.integers(0, 39), PRICES), max_size=5), cut=st.integers(0, 40))
def test_any_sequence_of_writes_ends_at_the_last_word_and_counts_what_it_did(
    bars: pd.DataFrame, changes: list[tuple[int, float]], cut: int
) -> None:
    plain = bars[["symbol", "time", "close"]]
    restated = plain.copy()
    for row, close in changes:
        restated.loc[row % len(bars), "close"] = close
    first = plain.iloc[:cut]
    n_kept = int((restated["close"].iloc[:cut] == plain["close"].iloc[:cut]).sum())

    async def replay(directory: str) -> None:
        async with DatabaseManager.from_url(f"sqlite:///{directory}/bars.db") as manager:
            await manager.write_bars(first)
            before = {row.symbol: row for row in (await manager.coverage()).itertuples()}
            result = await manager.write_bars(restated)
            after = {row.symbol: row for row in (await manager.coverage()).itertuples()}
            read = await manager.read_bars(sorted(set(bars["symbol"])))

        assert (result.n_unchanged, result.n_changed) == (n_kept, len(first) - n_kept)
        assert result.n_inserted == len(bars) - len(first)
        pd.testing.assert_frame_equal(read[["symbol", "time", "close"]], ordered(restated), check_exact=True)
        for symbol, was in before.items():
            old = restated[(restated["symbol"] == symbol) & (restated["time"] <= was.last)]
            known = first[first["symbol"] == symbol].set_index("time")["close"]
            touched = not old.set_index("time")["close"].sort_index().equals(known.sort_index())
            assert after[symbol].revision == was.revision + int(touched)
        for symbol, now in after.items():
            mine = restated[restated["symbol"] == symbol]
            assert (now.n_bars, now.first, now.last) == (len(mine), mine["time"].min(), mine["time"].max())

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(replay(directory))


@FEW
@given(bars=closes(), seed=st.integers(0, 1000), repeated=st.lists(st.integers(0, 39), max_size=8))
def test_row_checks_do_not_depend_on_the_order_of_rows(bars: pd.DataFrame, seed: int, repeated: list[int]) -> None:
    spoiled = pd.concat([bars, bars.iloc[[row % len(bars) for row in repeated]]], ignore_index=True)
    spoiled.loc[len(bars) // 2 :, "volume"] *= -1
    shuffled = check_rows(spoiled.sample(frac=1, random_state=seed))
    straight = check_rows(spoiled)

    pd.testing.assert_frame_equal(
        ordered(shuffled.good).drop(columns="line"),
        ordered(straight.good).drop(columns="line"),
        check_exact=True,
    )
    assert shuffled.n_duplicates == straight.n_duplicates
    assert len(shuffled.rejected) == len(straight.rejected)
    assert len(straight.good) + len(straight.rejected) + straight.n_duplicates == len(spoiled)


@FEW
@given(bars=closes(), chunk_rows=st.integers(1, 50))
def test_a_csv_file_gives_the_same_bars_in_chunks_of_any_size(bars: pd.DataFrame, chunk_rows: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bars.csv"
        bars.to_csv(path, index=False)
        chunks = list(read_csv(path, chunk_rows=chunk_rows))
    good = pd.concat([chunk.good for chunk in chunks], ignore_index=True)
    assert sum(len(chunk.rejected) for chunk in chunks) == 0
    pd.testing.assert_frame_equal(good.drop(columns="line"), bars, check_exact=True)


@FEW
@given(bars=closes())
def test_a_snapshot_gives_back_every_bit_of_a_panel(bars: pd.DataFrame) -> None:
    panel = Panel.from_frame(bars.pivot(index="time", columns="symbol", values="close"))
    with tempfile.TemporaryDirectory() as directory:
        fingerprint = SnapshotStore(directory).save(panel)
        loaded = SnapshotStore(directory).load(fingerprint)
        assert loaded.values.tobytes() == panel.values.tobytes()
        assert loaded.index.equals(panel.index)
        assert loaded.symbols == panel.symbols


@FEW
@given(text=st.text(min_size=0, max_size=60))
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bars.csv"
        path.write_text("symbol,date,close\nKO,2024-01-02,1\n" + text, encoding="utf-8", errors="replace", newline="")
        chunks = list(read_csv(path))
    assert chunks[0].good["symbol"][0] == "KO"
