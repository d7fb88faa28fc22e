"""Between tables of bars and the blocks that a store keeps: checking, sorting, placing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import Conflict, InvalidInput
from titan_research.panel import Panel
from titan_research.store.protocol import BarBlock
from titan_research.store.rules import FIRST_TIME, LAST_TIME, broken_rules
from titan_research.store.schema import BAR_FIELDS
from titan_research.types import Interval
from titan_research.validation import check_symbol

__all__ = ["blocks_from_bars", "blocks_from_panel", "frame_from_blocks", "place"]

SECONDS = {Interval.MINUTE: 60, Interval.FIVE_MINUTES: 300, Interval.HOUR: 3_600, Interval.DAY: 86_400}
_IGNORED = {"line"}
_MAX_EMPTY_CELLS = 1_000_000


def blocks_from_bars(bars: pd.DataFrame, *, interval: Interval) -> tuple[list[BarBlock], int]:
    """Check a long frame of bars and sort it into one block a symbol.

    Parameters
    ----------
    bars : DataFrame with symbol, time (timestamps; naive means UTC), close and optionally open, high, low,
        volume; any order; a ``line`` column is ignored

    Returns
    -------
    blocks in order of symbol, and how many exact repeats of a bar were dropped

    Notes
    -----
    Missing: NaN in open, high, low or volume is kept as "not known"; a NaN close is refused.
    Raises InvalidInput for a bar that breaks a rule, Conflict for two different bars of one symbol and time.
    """
    _check_columns(bars)
    if bars.empty:
        return [], 0
    names = [name for name in BAR_FIELDS if name in bars.columns]
    columns = {name: _numbers(bars[name]) for name in names}
    times = _epoch_seconds(bars["time"], interval)
    codes, symbols = _symbol_codes(bars["symbol"])
    _refuse_broken(columns, lambda row: f"{symbols[codes[row]]} at {_stamp(times[row])}")

    order = np.lexsort((times, codes))
    codes, times = codes[order], times[order]
    columns = {name: values[order] for name, values in columns.items()}
    keep = _first_of_repeats(codes, times, columns, symbols)
    codes, times = codes[keep], times[keep]
    columns = {name: values[keep] for name, values in columns.items()}
    edges = np.searchsorted(codes, np.arange(len(symbols) + 1))
    blocks = [
        BarBlock(symbol, times[lo:hi], {name: values[lo:hi] for name, values in columns.items()})
        for symbol, lo, hi in zip(symbols, edges[:-1], edges[1:], strict=True)
    ]
    return blocks, len(bars) - len(times)


def blocks_from_panel(panel: Panel) -> list[BarBlock]:
    """One block a symbol that has bars; NaN cells are no bars."""
    times = _epoch_seconds(pd.Series(panel.index), panel.interval)
    blocks = []
    for position, symbol in enumerate(panel.symbols):
        values = panel.values[:, position]
        present = ~np.isnan(values)
        if present.any():
            block = BarBlock(symbol, times[present], {panel.field.value: values[present] + 0.0})
            _refuse_broken(block.columns, _name_bar(block))
            blocks.append(block)
    return blocks


def _name_bar(block: BarBlock) -> Callable[[int], str]:
    return lambda row: f"{block.symbol} at {_stamp(block.time[row])}"


def frame_from_blocks(blocks: Sequence[BarBlock], fields: Sequence[str]) -> pd.DataFrame:
    """Return the long frame: symbol, time (UTC) and the fields, sorted by symbol as given and time."""
    symbols = np.repeat(np.array([block.symbol for block in blocks], dtype=object), [len(block) for block in blocks])
    times = np.concatenate([block.time for block in blocks]) if blocks else np.empty(0, dtype=np.int64)
    frame = pd.DataFrame({"symbol": pd.Series(symbols, dtype="str"), "time": _index(times)})
    for field in fields:
        frame[field] = np.concatenate([block.columns[field] for block in blocks]) if blocks else np.empty(0)
    return frame


def place(blocks: Sequence[BarBlock], *, symbols: Sequence[str], field: str, interval: Interval) -> Panel:
    """Place blocks into a panel whose sessions are the union of their times; NaN where a symbol has no bar.

    Every time is ranked on the lattice of the interval (one mask, one running sum), which needs no sort.
    """
    times = np.concatenate([block.time for block in blocks])
    sessions, rows = _rank(times, SECONDS[interval])
    values = np.full((len(symbols), len(sessions)), np.nan)
    column = {symbol: position for position, symbol in enumerate(symbols)}
    start = 0
    for block in blocks:
        stop = start + len(block)
        values[column[block.symbol], rows[start:stop]] = block.columns[field]
        start = stop
    values.flags.writeable = False
    return Panel(values.T, _index(sessions), tuple(symbols), field, interval)  # type: ignore[arg-type]


def _rank(times: npt.NDArray[np.int64], step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Return the sorted distinct times and the position of every time among them."""
    first = times.min()
    cell, rest = np.divmod(times - first, step)
    n_cells = int(cell.max()) + 1
    if rest.any() or n_cells > 4 * len(times) + _MAX_EMPTY_CELLS:
        sessions, rows = np.unique(times, return_inverse=True)
        return sessions, rows
    present = np.zeros(n_cells, dtype=bool)
    present[cell] = True
    rank = np.cumsum(present) - 1
    return first + np.flatnonzero(present) * step, rank[cell]


def _index(seconds: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(seconds.astype("datetime64[s]")).as_unit("us").tz_localize("UTC")


def _stamp(seconds: np.int64) -> str:
    return f"{pd.Timestamp(int(seconds), unit='s'):%Y-%m-%dT%H:%M:%S}".removesuffix("T00:00:00")


def _check_columns(bars: pd.DataFrame) -> None:
    if not isinstance(bars, pd.DataFrame):
        raise InvalidInput(f"expected a DataFrame of bars, received {type(bars).__name__}")
    expected = "expected columns symbol, time, close and any of open, high, low, volume"
    found = [str(name) for name in bars.columns]
    missing = [name for name in ("symbol", "time", "close") if name not in found]
    unknown = sorted(set(found) - {"symbol", "time", *BAR_FIELDS} - _IGNORED)
    if missing or unknown or len(set(found)) != len(found):
        raise InvalidInput(f"{expected}; received {found}" + (f"; missing {missing}" if missing else ""))


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    if column.dtype == bool or not pd.api.types.is_numeric_dtype(column.dtype):
        raise InvalidInput(f"{column.name}: expected numbers, received {column.dtype}", column=str(column.name))
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0)


def _epoch_seconds(column: pd.Series, interval: Interval) -> npt.NDArray[np.int64]:
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        raise InvalidInput(f"time: expected timestamps, received {column.dtype}; use pd.to_datetime(...)")
    if column.isna().any():
        raise InvalidInput(f"time: {int(column.isna().sum())} of {len(column)} are missing; drop those rows")
    index = pd.DatetimeIndex(column)
    index = index if index.tz is None else index.tz_convert("UTC").tz_localize(None)
    exact = index.as_unit("ns") if index.unit == "ns" else index.as_unit("us")
    seconds, rest = np.divmod(exact.asi8, 10**9 if exact.unit == "ns" else 10**6)
    if rest.any():
        raise InvalidInput(f"time: expected whole seconds, received {index[int(np.flatnonzero(rest)[0])]}")
    if (seconds < FIRST_TIME).any() or (seconds > LAST_TIME).any():
        raise InvalidInput(f"time: expected years 1970 to 2100, received {index.min()} to {index.max()}")
    if interval is Interval.DAY and (offset := seconds % SECONDS[interval]).any():
        raise InvalidInput(
            "time: a daily bar is labelled with its session at midnight UTC; received "
            f"{index[int(np.flatnonzero(offset)[0])]}; use .dt.normalize()"
        )
    return np.asarray(seconds, dtype=np.int64)


def _symbol_codes(column: pd.Series) -> tuple[npt.NDArray[np.intp], list[str]]:
    codes, symbols = pd.factorize(column, sort=True)
    if (codes < 0).any():
        raise InvalidInput(f"symbol: {int((codes < 0).sum())} of {len(column)} are missing; drop those rows")
    return codes, [check_symbol(symbol) for symbol in symbols]


def _refuse_broken(columns: dict[str, npt.NDArray[np.float64]], name_of: Callable[[int], str]) -> None:
    broken = broken_rules(columns)
    if broken:
        rows = np.logical_or.reduce([rule.rows for rule in broken])
        rule = broken[0]
        row = int(np.flatnonzero(rule.rows)[0])
        raise InvalidInput(
            f"{int(rows.sum())} of {len(rows)} bars are broken; the first is {name_of(row)}: {rule.column} "
            f"{rule.reason} ({columns[rule.column][row]}); run them through sources.quality.check_rows first",
            n_broken=int(rows.sum()),
        )


def _first_of_repeats(
    codes: npt.NDArray[np.intp],
    times: npt.NDArray[np.int64],
    columns: dict[str, npt.NDArray[np.float64]],
    symbols: list[str],
) -> npt.NDArray[np.bool_]:
    keep = np.ones(len(times), dtype=bool)
    repeated = np.flatnonzero((codes[1:] == codes[:-1]) & (times[1:] == times[:-1])) + 1
    for name, values in columns.items():
        old, new = values[repeated - 1], values[repeated]
        different = (old != new) & ~(np.isnan(old) & np.isnan(new))
        if different.any():
            row = repeated[int(np.flatnonzero(different)[0])]
            raise Conflict(
                f"{symbols[codes[row]]} at {_stamp(times[row])}: two bars with {name} {values[row - 1]} and "
                f"{values[row]}; keep one",
                symbol=symbols[codes[row]],
            )
    keep[repeated] = False
    return keep
