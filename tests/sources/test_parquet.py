"""Parquet files give the same bars and verdicts as CSV files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from titan_research.errors import InvalidInput, NotFound, SourceError
from titan_research.sources.csv import read_csv
from titan_research.sources.parquet import read_parquet
from titan_research.sources.screening import BarChunk


def read(path: Path, table: pa.Table | pd.DataFrame, **options: object) -> BarChunk:
    pq.write_table(pa.Table.from_pandas(table) if isinstance(table, pd.DataFrame) else table, path)
    chunks = list(read_parquet(path, **options))  # type: ignore[arg-type]
    return BarChunk(
        pd.concat([chunk.good for chunk in chunks], ignore_index=True),
        pd.concat([chunk.rejected for chunk in chunks], ignore_index=True),
        sum(chunk.n_duplicates for chunk in chunks),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prices.parquet"


@pytest.fixture
def bars() -> pd.DataFrame:
    n = 30
    close = np.random.default_rng(7).lognormal(size=n)
    frame = pd.DataFrame(
        {
            "symbol": ["KO", "PEP"] * (n // 2),
            "date": np.repeat(pd.date_range("2024-01-01", periods=n // 2), 2),
        }
    )
    return frame.assign(open=close, high=close * 2, low=close / 2, close=close, volume=np.arange(n))


@pytest.mark.parametrize("kind", ["timestamp", "date32", "text", "categorical", "zoned"])
def test_every_kind_of_date_gives_what_the_csv_file_gives(path: Path, bars: pd.DataFrame, kind: str) -> None:
    csv = path.with_suffix(".csv")
    bars.to_csv(csv, index=False)
    expected = next(read_csv(csv)).good.assign(line=np.arange(1, len(bars) + 1))
    frame = bars.copy()
    if kind == "date32":
        frame["date"] = frame["date"].dt.date
    elif kind in ("text", "categorical"):
        frame["date"] = frame["date"].dt.strftime("%Y-%m-%d")
    elif kind == "zoned":
        frame["date"] = frame["date"].dt.tz_localize("America/New_York")
    if kind == "categorical":
        frame = frame.astype({"date": "category", "symbol": "category"})
    pd.testing.assert_frame_equal(read(path, frame, chunk_rows=7).good, expected, check_exact=True)


def test_bad_rows_are_rejected_with_their_number(path: Path, bars: pd.DataFrame) -> None:
    bars.loc[2, "close"] = -1.0
    bars.loc[4, "close"] = None
    bars.loc[6, "symbol"] = "not a symbol"
    bars.loc[8, "symbol"] = None
    bars.loc[10, "date"] = pd.NaT
    bars.loc[12, "date"] = pd.Timestamp("2024-01-07T16:00")
    bars.loc[14, "date"] = pd.Timestamp("1969-01-01")
    result = read(path, bars, chunk_rows=4)
    assert dict(zip(result.rejected["line"], result.rejected["column"], strict=True)) == {
        3: "close", 5: "close", 7: "symbol", 9: "symbol", 11: "time", 13: "time", 15: "time",
    }  # fmt: skip
    assert len(result.good) == len(bars) - 7


def test_wide_files_with_the_dates_in_the_index_are_read(path: Path) -> None:
    frame = pd.DataFrame(
        {"KO": [1.0, np.nan], "PEP": [3, 4]}, index=pd.date_range("2024-01-01", periods=2, name="Date")
    )
    good = read(path, frame).good
    assert list(zip(good["symbol"], good["close"], strict=True)) == [("KO", 1.0), ("PEP", 3.0), ("PEP", 4.0)]


@pytest.mark.parametrize(
    ("stamp", "verdict"),
    [
        ("2024-06-03T09:30", "2024-06-03T13:30"),
        ("2024-03-10T02:30", "does not exist or happens twice in America/New_York"),
        ("2024-11-03T01:30", "does not exist or happens twice in America/New_York"),
        ("2024-06-03T09:30:00.25", "finer than a second"),
    ],
)
def test_clock_changes_are_not_guessed(path: Path, stamp: str, verdict: str) -> None:
    frame = pd.DataFrame({"symbol": ["KO"], "time": [pd.Timestamp(stamp)], "close": [1.0]})
    result = read(path, frame, interval="1m", tz="America/New_York")
    if len(result.good):
        assert f"{result.good['time'][0]:%Y-%m-%dT%H:%M}" == verdict
    else:
        assert verdict in result.rejected["reason"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda bars: bars.assign(date=np.arange(len(bars))),
            "time column: expected timestamps, dates or ISO text, found int64",
        ),
        (lambda bars: bars.assign(close="1.5"), "column close: expected numbers, found"),
        (lambda bars: bars.assign(symbol=1), "column symbol: expected text, found int64"),
        (lambda bars: bars.rename(columns={"close": "last"}), "which has no close column"),
        (lambda bars: bars.iloc[:0], "row 1: expected at least one row"),
    ],
)
def test_a_wrong_schema_is_one_clear_line(path: Path, bars: pd.DataFrame, change: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        read(path, change(bars))  # type: ignore[operator]
    assert str(caught.value).startswith("prices.parquet: ")


def test_files_that_are_no_parquet_or_damaged_are_a_source_error(path: Path, bars: pd.DataFrame) -> None:
    with pytest.raises(NotFound, match="no such file"):
        next(read_parquet(path))
    path.write_text("symbol,date,close\n")
    with pytest.raises(SourceError, match="not a Parquet file, or damaged"):
        next(read_parquet(path))
    read(path, bars)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="not a Parquet file, or damaged"):
        next(read_parquet(path))


def test_flipped_bytes_never_end_in_anything_but_our_errors(path: Path, bars: pd.DataFrame) -> None:
    read(path, bars)
    whole, rng = path.read_bytes(), np.random.default_rng(7)
    for _ in range(150):
        content = bytearray(whole)
        for position in rng.integers(0, len(content), 3):
            content[position] ^= int(rng.integers(1, 256))
        path.write_bytes(content)
        try:
            list(read_parquet(path))
        except (SourceError, InvalidInput):
            continue
