"""Bars from CSV files: streamed, schema first, every refused row with its line and reason."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InvalidInput, NotFound, SourceError
from titan_research.sources.layout import Layout, detect_layout
from titan_research.sources.parsing import TimeParser, parse_numbers, parse_symbol
from titan_research.sources.screening import BarChunk, Rejection, screened, typed_frame
from titan_research.types import Interval
from titan_research.validation import check_timestamp

__all__ = ["read_csv"]

MAX_BYTES = 8 * 1024**3
_MAX_LINE = 1 << 20
_SHOWN = 60


def read_csv(
    path: str | Path,
    *,
    interval: Interval | str = Interval.DAY,
    symbol: str | None = None,
    tz: str | None = None,
    as_of: object = None,
    chunk_rows: int = 50_000,
    max_bytes: int = MAX_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[BarChunk]:
    """Read bars from a CSV file (UTF-8, commas, ISO dates; ``.gz`` too) in chunks.

    Parameters
    ----------
    path : long form (symbol, date or time, close and any of open, high, low, volume; any case, any order of
        columns) or wide form (date and one column of closes a symbol)
    symbol : the instrument of a file without a symbol column
    tz : zone of times that carry none; UTC where not given. A daily bar is labelled with its date as written.
    as_of : bars after this moment are refused
    max_bytes : refuse a file that is larger when unpacked
    progress : called with bytes read and bytes in all; a file of several chunks is read twice

    Yields
    ------
    BarChunk of good rows, rejected rows and the number of exact repeats dropped

    Notes
    -----
    Timing: a row carries its own time. Missing: an empty cell (or NaN, null, NA) in open, high, low or volume
    is "not known"; in a long file a row without a close is refused, in a wide file an empty cell is no bar.
    Raises NotFound, InvalidInput (wrong header, delimiter or encoding) and SourceError (damaged file), before
    the first chunk is handed out.
    """
    file, kind, until = Path(path), Interval(interval), check_timestamp(as_of, name="as_of")
    reader = _CsvReader(file, kind, symbol, tz, chunk_rows, max_bytes, progress)
    return screened(reader.chunks, as_of=until)


class _CsvReader:
    def __init__(
        self,
        path: Path,
        interval: Interval,
        symbol: str | None,
        tz: str | None,
        chunk_rows: int,
        max_bytes: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._path, self._name = path, path.name
        self._symbol, self._chunk_rows, self._max_bytes = symbol, chunk_rows, max_bytes
        self._times = TimeParser(interval=interval, tz=tz)
        self._progress = progress
        self._n_passes = 0
        self._symbols: dict[str, str | None] = {}

    def chunks(self) -> Iterator[tuple[pd.DataFrame, list[Rejection]]]:
        self._n_passes += 1
        with self._open() as raw:
            lines = self._lines(raw)
            header = next(lines, None)
            if header is None:
                raise InvalidInput(f"{self._name}: the file is empty; expected a header such as symbol,date,close")
            layout = detect_layout(_fields(header[1]), source=self._name, symbol=self._symbol)
            n_rows = 0
            for numbers, rows, rejections in self._batches(lines, layout):
                n_rows += len(rows) + len(rejections)
                columns = list(map(list, zip(*rows, strict=True))) or [[] for _ in range(layout.n_columns)]
                parse = self._parse_wide if layout.is_wide else self._parse_long
                yield parse(layout, np.array(numbers, dtype=np.int64), columns, rejections)
            if n_rows == 0:
                raise InvalidInput(f"{self._name}: line 2: expected at least one row below the header, found none")

    def _open(self) -> IO[bytes]:
        try:
            size = self._path.stat().st_size
            raw = self._path.open("rb")
        except FileNotFoundError:
            raise NotFound(f"{self._path}: no such file", path=str(self._path)) from None
        except OSError as error:
            raise InvalidInput(f"{self._path}: cannot be read: {error.strerror}", path=str(self._path)) from error
        self._size, self._raw = size, raw
        return raw

    def _lines(self, raw: IO[bytes]) -> Iterator[tuple[int, str]]:
        """Every line that is not blank, with its number."""
        stream: Any = gzip.GzipFile(fileobj=raw) if self._name.endswith(".gz") else raw
        number, n_bytes = 0, 0
        try:
            while line := stream.readline(_MAX_LINE):
                number, n_bytes = number + 1, n_bytes + len(line)
                if number == 1:
                    line = self._without_mark(line)
                if len(line) == _MAX_LINE or n_bytes > self._max_bytes:
                    limit = _MAX_LINE if len(line) == _MAX_LINE else self._max_bytes
                    raise InvalidInput(f"{self._name}: line {number}: more than {limit:,} bytes; is it a CSV file?")
                text = line.decode("utf-8")
                if not text.isspace():
                    yield number, text.rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InvalidInput(
                f"{self._name}: line {number}: expected UTF-8, found byte "
                f"0x{error.object[error.start]:02x} at position {error.start + 1}; save the file as UTF-8"
            ) from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise SourceError(f"{self._name}: line {number + 1}: the gzip file is damaged: {error}") from error
        except OSError as error:
            raise SourceError(f"{self._name}: line {number + 1}: cannot be read: {error.strerror}") from error

    def _without_mark(self, line: bytes) -> bytes:
        if line.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InvalidInput(f"{self._name}: line 1: expected UTF-8, found UTF-16; save the file as UTF-8")
        return line.removeprefix(b"\xef\xbb\xbf")

    def _batches(
        self, lines: Iterator[tuple[int, str]], layout: Layout
    ) -> Iterator[tuple[list[int], list[list[str]], list[Rejection]]]:
        numbers: list[int] = []
        rows: list[list[str]] = []
        rejections: list[Rejection] = []
        for number, text in lines:
            row = _fields(text)
            if len(row) != layout.n_columns:
                reason = f"expected {layout.n_columns} fields separated by commas, found {len(row)}"
                rejections.append(Rejection(number, "", "", reason, text[:_SHOWN]))
            else:
                numbers.append(number)
                rows.append(row)
            if len(rows) + len(rejections) >= self._chunk_rows:
                self._report()
                yield numbers, rows, rejections
                numbers, rows, rejections = [], [], []
        self._report()
        if rows or rejections:
            yield numbers, rows, rejections

    def _report(self) -> None:
        if self._progress is not None:
            self._progress((self._n_passes - 1) * self._size + self._raw.tell(), 2 * self._size)

    def _parse_long(
        self,
        layout: Layout,
        lines: npt.NDArray[np.int64],
        columns: list[list[str]],
        rejections: list[Rejection],
    ) -> tuple[pd.DataFrame, list[Rejection]]:
        bad: dict[int, tuple[str, str, str]] = {}
        symbols = self._symbol_column(layout, columns, bad, len(lines))
        seconds, reasons = self._times.parse(columns[layout.time])
        for row, reason in reasons.items():
            bad.setdefault(row, ("time", reason, columns[layout.time][row]))
        frame: dict[str, Any] = {"line": lines, "symbol": np.array(symbols, dtype=object), "time": seconds}
        for name, position in layout.fields.items():
            frame[name], wrong = parse_numbers(columns[position])
            for row in wrong:
                bad.setdefault(row, (name, "not a number", columns[position][row]))
        return typed_frame(frame, bad, rejections)

    def _parse_wide(
        self,
        layout: Layout,
        lines: npt.NDArray[np.int64],
        columns: list[list[str]],
        rejections: list[Rejection],
    ) -> tuple[pd.DataFrame, list[Rejection]]:
        seconds, reasons = self._times.parse(columns[layout.time])
        for row, reason in reasons.items():
            rejections.append(Rejection(int(lines[row]), "", "time", reason, columns[layout.time][row][:_SHOWN]))
        dated = np.ones(len(lines), dtype=bool)
        dated[list(reasons)] = False
        parts: list[dict[str, Any]] = []
        for symbol, position in layout.symbols.items():
            values, wrong = parse_numbers(columns[position])
            for row in wrong:
                text = columns[position][row][:_SHOWN]
                rejections.append(Rejection(int(lines[row]), symbol, symbol, "not a number", text))
            rows = np.flatnonzero(dated & ~np.isnan(values))
            names = np.full(len(rows), symbol, dtype=object)
            parts.append({"line": lines[rows], "symbol": names, "time": seconds[rows], "close": values[rows]})
        frame = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return typed_frame(frame, {}, rejections)

    def _symbol_column(
        self, layout: Layout, columns: list[list[str]], bad: dict[int, tuple[str, str, str]], n_rows: int
    ) -> list[str]:
        if layout.symbol is None:
            return [layout.fixed_symbol or ""] * n_rows
        symbols = []
        for row, text in enumerate(columns[layout.symbol]):
            if text not in self._symbols:
                self._symbols[text] = parse_symbol(text)
            symbol = self._symbols[text]
            if symbol is None:
                bad[row] = ("symbol", "not a symbol (1 to 32 of A-Z 0-9 . _ ^ = / -)", text)
            symbols.append(symbol or "")
        return symbols


def _fields(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    return next(csv.reader([text]), [""])
