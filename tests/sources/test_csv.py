"""CSV files: what is read, what is refused, and what the message says."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import InvalidInput, NotFound, SourceError
from titan_research.sources.csv import read_csv
from titan_research.sources.screening import BarChunk

HEADER = "symbol,date,open,high,low,close,volume\n"
GOOD = "KO,2024-01-02,1,2,0.5,1.5,100\n"


def read(path: Path, content: str | bytes, **options: object) -> BarChunk:
    """All chunks of a file as one."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    chunks = list(read_csv(path, **options))  # type: ignore[arg-type]
    return BarChunk(
        pd.concat([chunk.good for chunk in chunks], ignore_index=True),
        pd.concat([chunk.rejected for chunk in chunks], ignore_index=True),
        sum(chunk.n_duplicates for chunk in chunks),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prices.csv"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"prices\.csv: the file is empty; expected a header"),
        (b"\n \n", r"prices\.csv: the file is empty"),
        (HEADER, r"line 2: expected at least one row below the header"),
        (
            HEADER.replace(",", ";") + "KO;2024-01-02;1,0;2;0,5;1,5;100\n",
            "expected commas between the columns, found semicolons",
        ),
        (HEADER.replace(",", "\t"), "expected commas between the columns, found tabs"),
        (HEADER.replace(",", "|"), r"expected commas between the columns, found bars"),
        (
            "symbol,open,close\nKO,1,2\n",
            "line 1: expected symbol,date.*found 'symbol,open,close', which has no date",
        ),
        ("symbol,date,open\nKO,2024-01-02,1\n", "which has no close column"),
        ("date,open,close\n2024-01-02,1,2\n", "which has no symbol column"),
        ("symbol,date,close,Close\n", "line 1: column 'close' appears more than once"),
        ("symbol,date,time,close\n", "line 1: two columns mean time"),
        ("date,KO,not a ticker\n2024-01-02,1,2\n", "where 'not a ticker' is no symbol"),
        ("date\n2024-01-02\n", "found 'date' only"),
        ((HEADER + GOOD).encode("utf-16"), "line 1: expected UTF-8, found UTF-16"),
        (
            HEADER.encode() + GOOD.encode() + b"K\xd6,2024-01-03,1,2,1,1,1\n",
            "line 3: expected UTF-8, found byte 0xd6",
        ),
        (HEADER + "x" * (1 << 20), r"line 2: more than 1,048,576 bytes"),
    ],
)
def test_a_file_that_is_not_bars_is_refused_in_one_line(path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        read(path, content)
    assert "\n" not in str(caught.value)
    assert "prices.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("KO,2024-01-02,1,2,0.5,1.5", "", "expected 7 fields separated by commas, found 6"),
        ("KO,2024-01-02,1,2,0.5,1.5,1,1", "", "expected 7 fields separated by commas, found 8"),
        ("KO;2024-01-02;1;2;0;1;1", "", "expected 7 fields separated by commas, found 1"),
        ("KO,2024-01-02,1,2,0.5,abc,1", "close", "not a number"),
        ('KO,2024-01-02,1,2,0.5,"1,5",1', "close", "not a number"),
        ("KO,2024-01-02,1,2,0.5,1_0,1", "close", "not a number"),
        ("KO,2024-01-02,1,2,0.5,1\x005,1", "close", "not a number"),
        ("KO,2024-01-02,1,2,0.5,,1", "close", "missing"),
        ("KO,2024-01-02,1,2,0.5,null,1", "close", "missing"),
        ("KO,2024-01-02,1,2,0.5,0,1", "close", "zero"),
        ("KO,2024-01-02,1,2,0.5,-1.5,1", "close", "negative"),
        ("KO,2024-01-02,1,2,0.5,inf,1", "close", "infinite"),
        ("KO,2024-01-02,1,2,0.5,1e300,1", "close", "not below"),
        ("KO,2024-01-02,1,0.4,0.5,0.45,1", "high", "below low"),
        ("KO,2024-01-02,1,2,0.5,2.5,1", "close", "above high"),
        ("KO,2024-01-02,1,2,0.5,0.4,1", "close", "below low"),
        ("KO,2024-01-02,1,2,0.5,1.5,-1", "volume", "negative"),
        ("KO,01/02/2024,1,2,0.5,1.5,1", "time", "expected an ISO date"),
        ("KO,13/04/2024,1,2,0.5,1.5,1", "time", "expected an ISO date"),
        ("KO,2024-02-30,1,2,0.5,1.5,1", "time", "no such date"),
        ("KO,1704153600,1,2,0.5,1.5,1", "time", "a bare number"),
        ("KO,2010101000000,1,2,0.5,1.5,1", "time", "a bare number"),
        ("KO,45293,1,2,0.5,1.5,1", "time", "a bare number"),
        ("KO,,1,2,0.5,1.5,1", "time", "missing"),
        ("KO,2024-01-02T16:00,1,2,0.5,1.5,1", "time", "a daily bar needs a date"),
        ("KO,1969-12-31,1,2,0.5,1.5,1", "time", "outside the years 1970 to 2100"),
        ("KO,2101-01-01,1,2,0.5,1.5,1", "time", "outside the years 1970 to 2100"),
        ("KO,2024-07-01,1,2,0.5,1.5,1", "time", "in the future"),
        (",2024-01-02,1,2,0.5,1.5,1", "symbol", "not a symbol"),
        ("../../etc/passwd,2024-01-02,1,2,0.5,1.5,1", "symbol", "not a symbol"),
        ("<script>,2024-01-02,1,2,0.5,1.5,1", "symbol", "not a symbol"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_the_others_are_kept(
    path: Path, row: str, column: str, reason: str
) -> None:
    content = HEADER + GOOD + row + "\n" + GOOD.replace("01-02", "01-03")
    bars = read(path, content, as_of="2024-06-30")

    assert list(bars.good["line"]) == [2, 4]
    assert len(bars.rejected) == 1
    rejected = bars.rejected.iloc[0]
    assert (rejected["line"], rejected["column"]) == (3, column)
    assert reason in rejected["reason"]


def test_prices_are_read_to_the_last_bit(path: Path) -> None:
    values = np.random.default_rng(7).lognormal(size=500)
    frame = pd.DataFrame({"symbol": "KO", "date": pd.date_range("2020-01-01", periods=500), "close": values})
    frame.to_csv(path, index=False)
    assert read(path, path.read_bytes()).good["close"].to_numpy().tobytes() == values.tobytes()


def test_a_symbol_named_na_is_a_symbol(path: Path) -> None:
    good = read(path, HEADER + "NA,2024-01-02,1,2,0.5,1.5,\nnull,2024-01-02,,,,1.5,\n").good
    assert list(good["symbol"]) == ["NA", "NULL"]
    assert good["volume"].isna().all()
    assert np.isnan(good["open"][1])


def test_headers_in_any_case_and_order_mean_the_same(path: Path) -> None:
    plain = read(path, HEADER + GOOD).good
    other = read(
        path,
        "\ufeffVolume, Close ,LOW,High,Open,Adj Close,Timestamp,Ticker\n100,1.5,0.5,2,1,9,2024-01-02,ko\n",
    )
    pd.testing.assert_frame_equal(plain, other.good[plain.columns])


def test_quotes_blank_lines_and_windows_line_ends_are_read(path: Path) -> None:
    bars = read(path, HEADER.strip() + '\r\n\r\n"KO","2024-01-02","1",2,0.5,1.5,100\r\n')
    assert (len(bars.good), len(bars.rejected), bars.good["line"][0]) == (1, 0, 3)


def test_a_stray_quote_spoils_its_own_line_only(path: Path) -> None:
    bars = read(path, HEADER + '"KO,2024-01-02,1,2,0.5,1.5,100\n' + GOOD)
    assert list(bars.good["line"]) == [3]
    assert list(bars.rejected["line"]) == [2]


def test_a_file_of_one_instrument_needs_its_name(path: Path) -> None:
    assert list(read(path, "Date,Close\n2024-01-02,3\n", symbol="KO").good["symbol"]) == ["KO"]


def test_wide_files_give_one_bar_for_each_filled_cell(path: Path) -> None:
    bars = read(path, "Date,ko,NA,BRK-B\n2024-01-02,1,,2\n2024-01-03,x,3,-4\nno date,1,1,1\n2024-01-05,,,\n")
    assert list(zip(bars.good["symbol"], bars.good["line"], bars.good["close"], strict=True)) == [
        ("KO", 2, 1.0),
        ("NA", 3, 3.0),
        ("BRK-B", 2, 2.0),
    ]
    assert list(zip(bars.rejected["line"], bars.rejected["symbol"], bars.rejected["reason"], strict=True)) == [
        (3, "BRK-B", "negative"),
        (3, "KO", "not a number"),
        (4, "", "expected an ISO date such as 2024-01-31"),
    ]


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 100])
def test_repeats_are_dropped_and_contradictions_refused_wherever_they_stand(path: Path, chunk_rows: int) -> None:
    rows = [
        GOOD,
        "KO,2024-01-03,1,2,0.5,1.5,1\n",
        GOOD,
        "PEP,2024-01-02,1,2,0.5,1.5,1\n",
        "KO,2024-01-03,1,2,0.5,1.5,2\n",
        GOOD,
    ]
    bars = read(path, HEADER + "".join(rows), chunk_rows=chunk_rows)

    assert list(bars.good["line"]) == [2, 5]
    assert bars.n_duplicates == 2
    assert list(bars.rejected["line"]) == [3, 6]
    assert bars.rejected["reason"][0].startswith("contradicts line 6")
    assert bars.rejected["reason"][1].startswith("contradicts line 3")


@pytest.mark.parametrize(
    ("text", "tz", "expected"),
    [
        ("2024-03-10 01:30", "America/New_York", "2024-03-10T06:30"),
        ("2024-03-10T02:30:00", "America/New_York", "does not exist in America/New_York"),
        ("2024-11-03 01:30", "America/New_York", "happens twice in America/New_York"),
        ("2024-11-03 01:30-05:00", "America/New_York", "2024-11-03T06:30"),
        ("2024-03-31 01:30", "Europe/London", "does not exist in Europe/London"),
        ("2024-06-03 09:30", None, "2024-06-03T09:30"),
        ("2024-06-03T09:30:00Z", "America/New_York", "2024-06-03T09:30"),
        ("2024-06-03T09:30:00+0530", None, "2024-06-03T04:00"),
        ("2024-06-03T09:30:00.5", None, "finer than a second"),
    ],
)
def test_intraday_times_are_instants_and_clock_changes_are_not_guessed(
    path: Path, text: str, tz: str | None, expected: str
) -> None:
    bars = read(path, f"symbol,time,close\nKO,{text},1\n", interval="1m", tz=tz)
    if len(bars.good):
        assert f"{bars.good['time'][0]:%Y-%m-%dT%H:%M}" == expected
    else:
        assert expected in bars.rejected["reason"][0]


@pytest.mark.parametrize(
    "text", ["2024-01-02", "2024-01-02 00:00:00", "2024-01-02T00:00:00-05:00", "2024-01-02 00:00:00+09:00"]
)
def test_a_daily_bar_keeps_the_date_that_is_written(path: Path, text: str) -> None:
    assert read(path, f"symbol,date,close\nKO,{text},1\n").good["time"][0] == pd.Timestamp("2024-01-02", tz="UTC")


def test_an_unknown_zone_is_refused(path: Path) -> None:
    with pytest.raises(InvalidInput, match="expected a zone such as America/New_York"):
        read(path, HEADER + GOOD, tz="Mars/Olympus")


def test_packed_files_are_read_and_damaged_or_swollen_ones_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    packed = gzip.compress((HEADER + GOOD).encode())
    assert len(read(path, packed).good) == 1
    with pytest.raises(SourceError, match="damaged"):
        read(path, packed[:-10])
    with pytest.raises(SourceError, match="damaged"):
        read(path, (HEADER + GOOD).encode())
    bomb = gzip.compress((HEADER + "\n" * 3_000_000).encode())
    assert len(bomb) < 10_000
    with pytest.raises(InvalidInput, match="more than 1,000,000 bytes"):
        read(path, bomb, max_bytes=1_000_000)


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        next(read_csv(tmp_path / "nowhere.csv"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        next(read_csv(tmp_path))


def test_a_file_that_breaks_near_its_end_hands_out_nothing(path: Path) -> None:
    rows = "".join(f"KO,2024-01-{day:02d},1,2,0.5,1.5,1\n" for day in range(1, 31))
    path.write_bytes((HEADER + rows).encode() + b"K\xff\n")
    with pytest.raises(InvalidInput, match="line 32"):
        next(read_csv(path, chunk_rows=5))


def test_progress_ends_at_the_whole_file_and_raising_from_it_stops_the_reading(path: Path) -> None:
    path.write_text(HEADER + "".join(f"KO,{year}-01-02,1,2,0.5,1.5,1\n" for year in range(1971, 2021)))
    seen: list[tuple[int, int]] = []
    list(read_csv(path, chunk_rows=20, progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (2 * path.stat().st_size, 2 * path.stat().st_size)
    assert seen == sorted(seen)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(read_csv(path, progress=stop))


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    days = pd.date_range("1971-01-01", periods=2_000).strftime("%Y-%m-%d")
    with path.open("w") as file:
        file.write(HEADER)
        for symbol in range(30):
            file.writelines(f"S{symbol},{day},1,2,0.5,1.5,{symbol}\n" for day in days)
    n_rows = 0
    tracemalloc.start()
    for chunk in read_csv(path, chunk_rows=2_000):
        n_rows += len(chunk.good)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_rows == 60_000
    assert peak < 12_000_000
