"""MarketDataService: bring prices in, read them, judge their quality, keep universes, copy stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from services.base import BaseService, Watcher, operation, sync_wrap
from services.ingestion import IngestResult, file_chunks, ingest_frame, ledger_close, ledger_open, sample_plan
from services.progress import Progress
from services.requests.base import Need, iso_date
from services.translation import instruments_frame, register_instruments
from services.universe import resolve_symbols, save_universe
from titan_research.errors import InvalidInput, TitanError
from titan_research.panel import Panel
from titan_research.sources.screening import BarChunk
from titan_research.store.manager import DatabaseManager, WriteResult
from titan_research.types import Field, Interval
from titan_research.validation import check_timestamp

if TYPE_CHECKING:
    from titan_research.sources.quality import HealthReport

__all__ = ["MarketDataService"]


class MarketDataService(BaseService):
    """Prices: raw bars in the time-series store, instruments and universes beside them."""

    @operation
    async def ingest(
        self,
        source: str,
        paths: Iterable[str | Path] = (),
        *,
        interval: Interval | str = Interval.DAY,
        symbol: str | None = None,
        tz: str | None = None,
        as_of: object = None,
        universe: str | None = None,
        progress: Watcher = None,
    ) -> IngestResult:
        """Bring bars in from a source; the same file again changes nothing.

        Parameters
        ----------
        source : ``sample`` (20 US stocks, SPX and VIX, from installed packages), ``csv`` or ``parquet``
        paths : the files of a csv or parquet source
        symbol : the instrument of files without a symbol column
        tz : zone of times that carry none
        as_of : bars after this moment are refused (pass today's date to catch wrong dates)
        universe : put the symbols into this universe too

        Raises
        ------
        InvalidInput, SourceError : the file cannot be used (wrong header, damaged); nothing is written
        """
        if source == "sample":
            return await self._ingest_sample(universe or "sample", progress)
        if source not in {"csv", "parquet"}:
            raise InvalidInput(f"source must be sample, csv or parquet; received {source!r}")
        files = [Path(path) for path in paths]
        if not files:
            raise InvalidInput(f"source {source} needs at least one file")
        cutoff = check_timestamp(as_of, name="as_of")
        total = IngestResult.empty(source)
        for file in files:
            total += await self._ingest_file(source, file, Interval(interval), symbol, tz, cutoff, progress)
        if universe is not None:
            await self._db(save_universe, universe, total.symbols)
        return total

    async def _ingest_file(
        self,
        source: str,
        file: Path,
        interval: Interval,
        symbol: str | None,
        tz: str | None,
        as_of: pd.Timestamp | None,
        watcher: Watcher,
    ) -> IngestResult:
        manager = await self._market()
        chunks = await self._cpu(
            lambda report: file_chunks(
                source, file, interval=interval, symbol=symbol, tz=tz, as_of=as_of, progress=report
            ),
            Progress(watcher),
        )
        chunk = await self._cpu(partial(_next, chunks), Progress())  # a file that is unusable as a whole fails here
        entry = await self._db(ledger_open, source, file, interval)
        result = IngestResult.empty(source)
        try:
            while chunk is not None:
                written = await manager.write_bars(chunk.good, interval) if len(chunk.good) else None
                result += IngestResult.of_chunk(source, chunk, written)
                chunk = await self._cpu(partial(_next, chunks), Progress())
        except TitanError as error:
            await self._db(ledger_close, entry, result, str(error))
            raise
        await self._db(register_instruments, result.symbols)
        await self._db(ledger_close, entry, result, "")
        return result

    async def _ingest_sample(self, universe: str, watcher: Watcher) -> IngestResult:
        manager = await self._market()
        bars, facts, members = await self._cpu(lambda _: sample_plan(), Progress())
        written = await manager.write_bars(bars, Interval.DAY, progress=watcher)
        await self._db(register_instruments, list(facts), facts)
        await self._db(save_universe, universe, members, description="20 US stocks, 1990-2022")
        return IngestResult.of_frame("sample", bars, written)

    @operation
    async def store_prices(self, frame: pd.DataFrame, *, interval: Interval | str = Interval.DAY) -> IngestResult:
        """Store a DataFrame: long form (symbol, time, close, ...) or wide form (sessions x symbols, closes)."""
        bars = ingest_frame(frame)
        manager = await self._market()
        written = await manager.write_bars(bars, Interval(interval))
        await self._db(register_instruments, sorted(set(bars["symbol"])))
        return IngestResult.of_frame("dataframe", bars, written)

    @operation
    async def fetch_prices(
        self,
        symbols: str | Iterable[str],
        start: object = None,
        end: object = None,
        *,
        field: Field | str = Field.CLOSE,
        interval: Interval | str = Interval.DAY,
    ) -> pd.DataFrame:
        """Prices as a frame of sessions x symbols; NaN where a symbol has no bar. A name stands for a universe."""
        return (await self._read(symbols, start, end, field, interval)).to_frame()

    @operation
    async def panel(
        self,
        symbols: str | Iterable[str],
        start: object = None,
        end: object = None,
        *,
        field: Field | str = Field.CLOSE,
        interval: Interval | str = Interval.DAY,
    ) -> Panel:
        """Prices as a `Panel`, the block that all research functions take."""
        return await self._read(symbols, start, end, field, interval)

    async def _read(
        self,
        symbols: str | Iterable[str],
        start: object,
        end: object,
        field: Field | str,
        interval: Interval | str,
    ) -> Panel:
        first, last = iso_date(start, name="start"), iso_date(end, name="end")
        names = await self._db(resolve_symbols, symbols, as_of=last)
        need = Need(symbols=names, start=first, end=last, field=Field(field), interval=Interval(interval))
        return (await self._panels([need]))[0]

    @operation
    async def fetch_bars(
        self,
        symbols: Iterable[str],
        start: object = None,
        end: object = None,
        *,
        interval: Interval | str = Interval.DAY,
    ) -> pd.DataFrame:
        """Bars in long form: symbol, time, open, high, low, close, volume."""
        manager = await self._market()
        return await manager.read_bars(list(symbols), Interval(interval), start, end)

    @operation
    async def health(
        self, symbols: str | Iterable[str] | None = None, *, interval: Interval | str = Interval.DAY
    ) -> HealthReport:
        """Data-health report: missing and stale bars, jumps over 50%, volume over 300%; None = every stored symbol."""
        from titan_research.sources.quality import health_report

        manager = await self._market()
        kind = Interval(interval)
        names = await manager.symbols(kind) if symbols is None else await self._db(resolve_symbols, symbols)
        if not names:
            raise InvalidInput("there are no prices yet; start with `titan ingest sample`")
        bars = await manager.read_bars(names, kind)
        return await self._cpu(lambda _: health_report(bars, interval=kind), Progress())

    @operation
    async def symbols(self, *, interval: Interval | str = Interval.DAY) -> tuple[str, ...]:
        """The symbols that have bars."""
        return tuple(await (await self._market()).symbols(Interval(interval)))

    @operation
    async def coverage(self) -> pd.DataFrame:
        """First and last bar, number of bars and revision of every series."""
        return await (await self._market()).coverage()

    @operation
    async def instruments(self) -> pd.DataFrame:
        """Instruments with their names, sectors and coverage."""
        return await self._db(instruments_frame)

    @operation
    async def create_universe(
        self, name: str, symbols: Iterable[str], *, description: str = "", start_on: str = "1900-01-01"
    ) -> pd.DataFrame:
        """Name a set of symbols, or add members to it; membership counts from ``start_on``."""
        return await self._db(save_universe, name, list(symbols), description=description, start_on=start_on)

    @operation
    async def synchronize(
        self,
        target_url: str,
        symbols: Iterable[str] | None = None,
        *,
        interval: Interval | str = Interval.DAY,
        progress: Watcher = None,
    ) -> WriteResult:
        """Copy bars from the market store into another one; idempotent, with counts of what really changed."""
        source = await self._market()
        kind = Interval(interval)
        names = await source.symbols(kind) if symbols is None else list(symbols)
        bars = await source.read_bars(names, kind)
        async with DatabaseManager.from_url(target_url) as target:
            return await target.write_bars(bars, kind, progress=progress)

    ingest_sync = sync_wrap(ingest)
    store_prices_sync = sync_wrap(store_prices)
    fetch_prices_sync = sync_wrap(fetch_prices)
    panel_sync = sync_wrap(panel)
    fetch_bars_sync = sync_wrap(fetch_bars)
    health_sync = sync_wrap(health)
    symbols_sync = sync_wrap(symbols)
    coverage_sync = sync_wrap(coverage)
    instruments_sync = sync_wrap(instruments)
    create_universe_sync = sync_wrap(create_universe)
    synchronize_sync = sync_wrap(synchronize)


def _next(chunks: Iterator[BarChunk], _: Progress) -> BarChunk | None:
    return next(chunks, None)
