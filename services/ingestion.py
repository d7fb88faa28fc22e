"""The steps of an ingest: chunks of a file, the ledger entry, the count of what happened."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd
from django.utils import timezone

from django_site.trading.models import IngestFile
from services.progress import Progress
from titan_research.errors import InvalidInput
from titan_research.panel import Panel
from titan_research.results import FrameResult, json_value
from titan_research.sources.screening import BarChunk
from titan_research.store.manager import WriteResult
from titan_research.types import IngestStatus, Interval

__all__ = ["IngestResult", "file_chunks", "ingest_frame", "ledger_close", "ledger_open", "sample_plan"]

_SHOWN = 50


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class IngestResult(FrameResult):
    """What an ingest did. ``n_rows`` were read; rejected rows are listed with line, column and reason."""

    title: ClassVar[str] = "Ingest"

    source: str
    n_rows: int
    n_inserted: int
    n_changed: int
    n_unchanged: int
    n_duplicates: int
    n_rejected: int
    symbols: tuple[str, ...]
    rejected: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The rejected rows."""
        return self.rejected

    @classmethod
    def empty(cls, source: str) -> Self:
        rejected = pd.DataFrame(columns=["line", "symbol", "column", "reason", "value"])
        return cls(
            source=source,
            n_rows=0,
            n_inserted=0,
            n_changed=0,
            n_unchanged=0,
            n_duplicates=0,
            n_rejected=0,
            symbols=(),
            rejected=rejected,
        )

    @classmethod
    def of_chunk(cls, source: str, chunk: BarChunk, written: WriteResult | None) -> Self:
        return cls(
            source=source,
            n_rows=len(chunk.good) + len(chunk.rejected) + chunk.n_duplicates,
            n_inserted=written.n_inserted if written else 0,
            n_changed=written.n_changed if written else 0,
            n_unchanged=written.n_unchanged if written else 0,
            n_duplicates=chunk.n_duplicates,
            n_rejected=len(chunk.rejected),
            symbols=tuple(sorted(set(chunk.good["symbol"]))),
            rejected=chunk.rejected,
        )

    @classmethod
    def of_frame(cls, source: str, bars: pd.DataFrame, written: WriteResult) -> Self:
        return cls.empty(source).replace(
            n_rows=len(bars),
            n_inserted=written.n_inserted,
            n_changed=written.n_changed,
            n_unchanged=written.n_unchanged,
            symbols=tuple(sorted(set(bars["symbol"]))),
        )

    def __add__(self, other: IngestResult) -> IngestResult:
        counts = ("n_rows", "n_inserted", "n_changed", "n_unchanged", "n_duplicates", "n_rejected")
        rejected = [frame for frame in (self.rejected, other.rejected) if len(frame)]
        return self.replace(
            symbols=tuple(sorted({*self.symbols, *other.symbols})),
            rejected=pd.concat(rejected, ignore_index=True) if rejected else self.rejected,
            **{name: getattr(self, name) + getattr(other, name) for name in counts},
        )


def file_chunks(
    source: str,
    file: Path,
    *,
    interval: Interval,
    symbol: str | None,
    tz: str | None,
    as_of: pd.Timestamp | None,
    progress: Progress,
) -> Iterator[BarChunk]:
    """The chunks of a file; everything that makes the whole file unusable is raised here, before anything is
    written.
    """
    from titan_research.sources.csv import read_csv
    from titan_research.sources.parquet import read_parquet

    read = read_csv if source == "csv" else read_parquet
    return read(file, interval=interval, symbol=symbol, tz=tz, as_of=as_of, progress=progress)


def sample_plan() -> tuple[pd.DataFrame, dict[str, dict[str, Any]], list[str]]:
    """Bars of the sample, facts of its instruments, members of its universe."""
    from titan_research.sources.sample import COMPANIES, SAMPLE_UNIVERSE, SECTORS, sample_bars

    facts: dict[str, dict[str, Any]] = {
        symbol: {"name": COMPANIES[symbol], "sector": SECTORS[symbol], "exchange": "XNYS"} for symbol in SAMPLE_UNIVERSE
    }
    facts["SPX"] = {"name": "S&P 500 index", "exchange": "XNYS", "is_index": True}
    facts["VIX"] = {"name": "Cboe volatility index", "exchange": "XNYS", "is_index": True}
    return sample_bars(), facts, list(SAMPLE_UNIVERSE)


def ingest_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A long frame of bars from a long or a wide one."""
    if not isinstance(frame, pd.DataFrame) or not len(frame):
        raise InvalidInput("expected a DataFrame with at least one row")
    if {"symbol", "close"} <= set(frame.columns):
        return frame
    panel = Panel.from_frame(frame).to_frame()
    return panel.rename_axis(index="time", columns="symbol").stack().rename("close").dropna().reset_index()


def ledger_open(source: str, file: Path, interval: Interval) -> int:
    """Write down that a file is being read."""
    entry = IngestFile.objects.create(
        source=source,
        name=file.name,
        sha256=_sha256(file),
        interval=interval.value,
        status=IngestStatus.RUNNING,
        started_at=timezone.now(),
    )
    return int(entry.pk)


def ledger_close(entry: int, result: IngestResult, error: str) -> None:
    """Write down how it ended."""
    IngestFile.objects.filter(pk=entry).update(
        rows_read=result.n_rows,
        rows_kept=result.n_rows - result.n_rejected - result.n_duplicates,
        rows_rejected=result.n_rejected,
        n_inserted=result.n_inserted,
        n_changed=result.n_changed,
        rejected=json_value(result.rejected.head(_SHOWN)),
        status=IngestStatus.FAILED if error else IngestStatus.DONE,
        error=error,
        finished_at=timezone.now(),
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
