"""Data quality: which rows are bars, and how healthy a set of bars is."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InsufficientData
from titan_research.panel import Panel
from titan_research.results import FrameResult
from titan_research.sources.screening import BarChunk, screened
from titan_research.store.bars import blocks_from_bars, place
from titan_research.types import Field, Interval
from titan_research.validation import check_timestamp

__all__ = ["HealthReport", "check_rows", "health_report"]

MAX_RETURN = 0.5
MAX_VOLUME_CHANGE = 3.0
MIN_STALE_RUN = 5
_SHOWN_ISSUES = 20


def check_rows(bars: pd.DataFrame, *, as_of: object = None) -> BarChunk:
    """Separate the rows that are bars from those that are not.

    Parameters
    ----------
    bars : DataFrame with symbol, time (UTC timestamps), close and any of open, high, low, volume as float64;
        ``line`` is made from the position, starting at 1, where it is not given
    as_of : bars after this moment are refused

    Returns
    -------
    BarChunk: good rows, rejected rows (line, symbol, column, reason, value), exact repeats dropped

    Notes
    -----
    Refused: missing, infinite, zero or negative prices, high below low, open or close outside the range,
    negative volume, times outside 1970 to 2100 or after ``as_of``, and all bars of one symbol and time that
    contradict each other.
    Timing: looks at single bars. Missing: NaN in open, high, low or volume is "not known". The order of rows
    is kept.
    """
    frame = bars if "line" in bars.columns else bars.assign(line=np.arange(1, len(bars) + 1))
    return next(screened(lambda: iter([(frame, [])]), as_of=check_timestamp(as_of, name="as_of")))


@dataclass(frozen=True, kw_only=True, eq=False)
class HealthReport(FrameResult):
    """How healthy a set of bars is.

    Attributes
    ----------
    symbols : one row a symbol: symbol, first, last, n_bars, n_missing (sessions without a bar between first
        and last), longest_gap (sessions), n_stale (bars in the longest run of equal closes), n_jumps,
        n_volume_jumps, zero_returns (fraction of returns), status (ok or warn)
    issues : one row a finding: symbol, session, kind (gap, stale, jump, volume_jump), detail
    """

    title: ClassVar[str] = "Data health"

    status: str
    start: pd.Timestamp
    end: pd.Timestamp
    n_symbols: int
    n_sessions: int
    n_bars: int
    n_warnings: int
    n_issues: int
    panel_fingerprint: str
    symbols: pd.DataFrame
    issues: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a symbol."""
        return self.symbols

    def _repr_html_(self) -> str:
        colors = {"ok": "#1a7f37", "warn": "#9a6700"}
        head = (
            f"<b>{self.title}: <span style='color:{colors[self.status]}'>{self.status}</span></b> "
            f"{self.n_symbols} symbols, {self.n_sessions:,} sessions, "
            f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}, "
            f"{self.n_bars:,} bars, {self.n_issues:,} findings in {self.n_warnings} symbols"
        )
        columns = self.symbols.columns
        title_row = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>"
            for row in self.symbols.itertuples(index=False)
        )
        findings = "".join(
            f"<li>{html.escape(issue.symbol)} {issue.session:%Y-%m-%d} {html.escape(issue.kind)}: "
            f"{html.escape(issue.detail)}</li>"
            for issue in self.issues.head(_SHOWN_ISSUES).itertuples(index=False)
        )
        more = f"<li>and {self.n_issues - _SHOWN_ISSUES:,} more</li>" if self.n_issues > _SHOWN_ISSUES else ""
        return (
            f"<div class='titan-result'><p>{head}</p>"
            f"<table><thead><tr>{title_row}</tr></thead><tbody>{rows}</tbody></table>"
            f"<ul>{findings}{more}</ul></div>"
        )


def health_report(
    bars: pd.DataFrame | Panel,
    *,
    interval: Interval | str = Interval.DAY,
    max_return: float = MAX_RETURN,
    max_volume_change: float = MAX_VOLUME_CHANGE,
    min_stale_run: int = MIN_STALE_RUN,
) -> HealthReport:
    """Look for gaps, stale prices and jumps; nothing is corrected.

    Parameters
    ----------
    bars : long form (symbol, time, close and optionally volume; a panel has closes only), free of broken rows
    max_return, max_volume_change : fractions; a larger absolute return, or a larger rise in volume, is a jump
    min_stale_run : equal closes in a row that are reported

    Notes
    -----
    Sessions are the union of the bars of all symbols; a symbol is held to those between its own first and
    last bar.
    Timing: a description of the whole sample in hindsight. Missing: returns are taken between successive bars
    of a symbol.
    """
    closes, volumes = _panels(bars, Interval(interval))
    if not closes.n_sessions:
        raise InsufficientData("expected at least one bar, received none")
    rows, issues = [], []
    for position, symbol in enumerate(closes.symbols):
        volume = None if volumes is None else volumes.values[:, position]
        row, found = _examine(
            closes.values[:, position], volume, closes.index, max_return, max_volume_change, min_stale_run
        )
        rows.append({"symbol": symbol, **row, "status": "warn" if found else "ok"})
        issues += [(symbol, *finding) for finding in found]
    table = pd.DataFrame(rows)
    for name in ("first", "last"):
        table[name] = pd.DatetimeIndex(table[name], dtype="datetime64[us, UTC]")
    n_warnings = int((table["status"] == "warn").sum())
    return HealthReport(
        status="warn" if n_warnings else "ok",
        start=closes.index[0],
        end=closes.index[-1],
        n_symbols=closes.n_symbols,
        n_sessions=closes.n_sessions,
        n_bars=int(table["n_bars"].sum()),
        n_warnings=n_warnings,
        n_issues=len(issues),
        panel_fingerprint=closes.fingerprint,
        symbols=table.astype({"symbol": "str", "status": "str"}),
        issues=_issue_frame(issues),
    )


def _panels(bars: pd.DataFrame | Panel, interval: Interval) -> tuple[Panel, Panel | None]:
    if isinstance(bars, Panel):
        return bars, None
    blocks, _ = blocks_from_bars(bars, interval=interval)
    if not blocks:
        raise InsufficientData("expected at least one bar, received none")
    symbols = [block.symbol for block in blocks]
    close = place(blocks, symbols=symbols, field=Field.CLOSE, interval=interval)
    with_volume = "volume" in bars.columns
    return close, place(blocks, symbols=symbols, field=Field.VOLUME, interval=interval) if with_volume else None


def _examine(
    close: npt.NDArray[np.float64],
    volume: npt.NDArray[np.float64] | None,
    index: pd.DatetimeIndex,
    max_return: float,
    max_volume_change: float,
    min_stale_run: int,
) -> tuple[dict[str, object], list[tuple[pd.Timestamp, str, str]]]:
    rows = np.flatnonzero(~np.isnan(close))
    found: list[tuple[pd.Timestamp, str, str]] = []
    if not len(rows):
        empty = dict.fromkeys(("n_bars", "n_missing", "longest_gap", "n_stale", "n_jumps", "n_volume_jumps"), 0)
        return {"first": pd.NaT, "last": pd.NaT, **empty, "zero_returns": np.nan}, [(index[0], "gap", "no bar at all")]
    gaps = np.diff(rows) - 1
    found += [(index[rows[at] + 1], "gap", f"{gaps[at]} sessions without a bar") for at in np.flatnonzero(gaps)]
    prices = close[rows]
    starts = np.flatnonzero(np.append(True, prices[1:] != prices[:-1]))
    runs = np.diff(np.append(starts, len(prices)))
    for at in np.flatnonzero(runs >= min_stale_run):
        found.append((index[rows[starts[at]]], "stale", f"{runs[at]} closes in a row of {prices[starts[at]]:g}"))
    returns = prices[1:] / prices[:-1] - 1
    jumps = np.flatnonzero(np.abs(returns) > max_return)
    found += [(index[rows[at + 1]], "jump", f"return {returns[at]:+.4f}") for at in jumps]
    volume_jumps = np.empty(0, dtype=np.int64)
    if volume is not None:
        traded = volume[rows]
        change = np.full(len(returns), np.nan)
        np.divide(traded[1:], traded[:-1], out=change, where=traded[:-1] > 0)
        volume_jumps = np.flatnonzero(change - 1 > max_volume_change)
        found += [(index[rows[at + 1]], "volume_jump", f"volume x {change[at]:.1f}") for at in volume_jumps]
    summary = {
        "first": index[rows[0]],
        "last": index[rows[-1]],
        "n_bars": len(rows),
        "n_missing": int(gaps.sum()),
        "longest_gap": int(gaps.max(initial=0)),
        "n_stale": int(runs.max()),
        "n_jumps": len(jumps),
        "n_volume_jumps": len(volume_jumps),
        "zero_returns": float((returns == 0).mean()) if len(returns) else np.nan,
    }
    return summary, sorted(found)


def _issue_frame(issues: list[tuple[str, pd.Timestamp, str, str]]) -> pd.DataFrame:
    symbols, sessions, kinds, details = zip(*issues, strict=True) if issues else ((), (), (), ())
    return pd.DataFrame(
        {
            "symbol": pd.Series(symbols, dtype="str"),
            "session": pd.DatetimeIndex(sessions, dtype="datetime64[us, UTC]"),
            "kind": pd.Series(kinds, dtype="str"),
            "detail": pd.Series(details, dtype="str"),
        }
    )


def _cell(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return "–" if np.isnan(value) else f"{value:.4f}"
    return "–" if value is pd.NaT else str(value)
