"""Bars from Parquet files: streamed, schema first, every refused row with its number and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InvalidInput, NotFound, SourceError
from titan_research.sources.layout import Layout, detect_layout
from titan_research.sources.parsing import NO_TIME, TimeParser, parse_symbol, time_zone
from titan_research.sources.screening import BarChunk, Rejection, screened, typed_frame
from titan_research.types import Interval
from titan_research.validation import check_timestamp

__all__ = ["read_parquet"]


def read_parquet(
    path: str | Path,
    *,
    interval: Interval | str = Interval.DAY,
    symbol: str | None = None,
    tz: str | None = None,
    as_of: object = None,
    chunk_rows: int = 50_000,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[BarChunk]:
    """Read bars from a Parquet file in chunks; the same forms, rules and results as ``read_csv``.

    The time column holds timestamps, dates or ISO text; prices and volume hold numbers. ``line`` in the
    results is the number of the row, from 1; ``progress`` is called with rows read and rows in all.
    """
    file, kind, until = Path(path), Interval(interval), check_timestamp(as_of, name="as_of")
    return screened(_ParquetReader(file, kind, symbol, tz, chunk_rows, progress).chunks, as_of=until)


class _ParquetReader:
    def __init__(
        self,
        path: Path,
        interval: Interval,
        symbol: str | None,
        tz: str | None,
        chunk_rows: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._path, self._name = path, path.name
        self._interval, self._symbol, self._chunk_rows = interval, symbol, chunk_rows
        self._tz = time_zone(tz)
        self._times = TimeParser(interval=interval, tz=tz)
        self._progress = progress
        self._n_passes = 0

    def chunks(self) -> Iterator[tuple[pd.DataFrame, list[Rejection]]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._n_passes += 1
        if not self._path.is_file():
            raise NotFound(f"{self._path}: no such file", path=str(self._path))
        try:
            with pq.ParquetFile(self._path) as file:
                n_rows = file.metadata.num_rows
                layout = detect_layout(file.schema_arrow.names, source=self._name, symbol=self._symbol)
                if n_rows == 0:
                    raise InvalidInput(f"{self._name}: row 1: expected at least one row, found none")
                first = 1
                for batch in file.iter_batches(batch_size=self._chunk_rows):
                    lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
                    first += batch.num_rows
                    if self._progress is not None:
                        self._progress((self._n_passes - 1) * n_rows + first - 1, 2 * n_rows)
                    yield (self._wide if layout.is_wide else self._long)(layout, batch, lines)
        except InvalidInput:
            raise
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            reason = str(error).splitlines()[0]
            raise SourceError(
                f"{self._name}: not a Parquet file, or damaged: {reason}", path=str(self._path)
            ) from error

    def _long(self, layout: Layout, batch: Any, lines: npt.NDArray[np.int64]) -> tuple[pd.DataFrame, list[Rejection]]:
        bad: dict[int, tuple[str, str, str]] = {}
        symbols = np.full(len(lines), layout.fixed_symbol or "", dtype=object)
        if layout.symbol is not None:
            symbols = self._symbol_column(batch.column(layout.symbol), bad)
        seconds, reasons = self._time_column(batch.column(layout.time))
        for row, reason in reasons.items():
            bad.setdefault(row, ("time", reason, _text(batch.column(layout.time), row)))
        frame: dict[str, Any] = {"line": lines, "symbol": symbols, "time": seconds}
        for name, position in layout.fields.items():
            frame[name] = self._number_column(batch, position)
        return typed_frame(frame, bad, [])

    def _wide(self, layout: Layout, batch: Any, lines: npt.NDArray[np.int64]) -> tuple[pd.DataFrame, list[Rejection]]:
        seconds, reasons = self._time_column(batch.column(layout.time))
        times = batch.column(layout.time)
        rejections = [
            Rejection(int(lines[row]), "", "time", reason, _text(times, row)) for row, reason in reasons.items()
        ]
        dated = np.ones(len(lines), dtype=bool)
        dated[list(reasons)] = False
        parts: list[dict[str, Any]] = []
        for symbol, position in layout.symbols.items():
            values = self._number_column(batch, position)
            rows = np.flatnonzero(dated & ~np.isnan(values))
            names = np.full(len(rows), symbol, dtype=object)
            parts.append({"line": lines[rows], "symbol": names, "time": seconds[rows], "close": values[rows]})
        return typed_frame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, {}, rejections)

    def _symbol_column(self, column: Any, bad: dict[int, tuple[str, str, str]]) -> npt.NDArray[Any]:
        texts = column.to_pylist()
        if not all(text is None or isinstance(text, str) for text in texts):
            raise InvalidInput(f"{self._name}: column symbol: expected text, found {column.type}")
        known = {text: None if text is None else parse_symbol(text) for text in set(texts)}
        for row, text in enumerate(texts):
            if known[text] is None:
                bad[row] = ("symbol", "not a symbol (1 to 32 of A-Z 0-9 . _ ^ = / -)", text or "")
        return np.array([known[text] or "" for text in texts], dtype=object)

    def _number_column(self, batch: Any, position: int) -> npt.NDArray[np.float64]:
        import pyarrow as pa

        column, name = batch.column(position), batch.schema.names[position]
        kind = column.type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            raise InvalidInput(f"{self._name}: column {name}: expected numbers, found {kind}")
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return np.asarray(values, dtype=np.float64)

    def _time_column(self, column: Any) -> tuple[npt.NDArray[np.int64], dict[int, str]]:
        import pyarrow as pa

        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return self._times.parse([text or "" for text in column.to_pylist()])
        if pa.types.is_date(kind):
            column = column.cast(pa.timestamp("s"))
        elif not pa.types.is_timestamp(kind):
            raise InvalidInput(f"{self._name}: time column: expected timestamps, dates or ISO text, found {kind}")
        return self._instants(pd.DatetimeIndex(column.to_pandas()))

    def _instants(self, index: pd.DatetimeIndex) -> tuple[npt.NDArray[np.int64], dict[int, str]]:
        reasons = dict.fromkeys(map(int, np.flatnonzero(index.isna())), "missing")
        if self._interval is Interval.DAY:
            local = index if index.tz is None else index.tz_localize(None)
            timed = ~index.isna() & (local != local.normalize())
            message = "a daily bar needs a date, found a time of day"
        else:
            local = index if index.tz is not None else index.tz_localize(self._tz, ambiguous="NaT", nonexistent="NaT")
            local = local.tz_convert("UTC").tz_localize(None)
            timed, message = local.isna(), f"does not exist or happens twice in {self._tz}; give UTC"
        for row in np.flatnonzero(timed):
            reasons.setdefault(int(row), message)
        fine = ~local.isna() & (local != local.floor("s"))
        for row in np.flatnonzero(fine):
            reasons.setdefault(int(row), "finer than a second")
        seconds = np.array(local.as_unit("s").asi8, dtype=np.int64)
        seconds[list(reasons)] = NO_TIME
        return seconds, reasons


def _text(column: Any, row: int) -> str:
    value = column[row]
    return str(value) if value.is_valid else ""
