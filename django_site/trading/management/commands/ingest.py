"""titan ingest"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services import MarketDataService
from titan_research.types import Interval


class Command(TitanCommand):
    help = "Bring prices in: the built-in sample, CSV or Parquet files"
    example = (
        "  titan ingest sample\n  titan ingest csv prices.csv --universe mine\n"
        "  titan ingest csv KO.csv --symbol KO --interval 1m --tz America/New_York"
    )

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", choices=["sample", "csv", "parquet"])
        parser.add_argument(
            "files",
            nargs="*",
            help="CSV: symbol,date,close[,open,high,low,volume], or a date column and one a symbol",
        )
        parser.add_argument("--interval", choices=[item.value for item in Interval], default="1d")
        parser.add_argument("--symbol", help="the instrument of a file without a symbol column")
        parser.add_argument("--tz", help="zone of times that carry none (default UTC)")
        parser.add_argument("--as-of", metavar="DATE", help="refuse bars after this date")
        parser.add_argument("--universe", help="put the symbols into this universe")

    def answer(self, **options: Any) -> Any:
        return MarketDataService(source="cli").ingest_sync(
            options["source"],
            options["files"],
            interval=options["interval"],
            symbol=options["symbol"],
            tz=options["tz"],
            as_of=options["as_of"],
            universe=options["universe"],
            progress=self.progress("ingest", **options),
        )

    def show(self, answer: Any, **options: Any) -> None:
        self.stdout.write(
            f"{answer.n_rows:,} rows of {len(answer.symbols)} symbols: {answer.n_inserted:,} new, "
            f"{answer.n_changed:,} changed, {answer.n_unchanged:,} unchanged, {answer.n_duplicates:,} repeats, "
            f"{answer.n_rejected:,} rejected"
        )
        if answer.n_rejected:
            self.stdout.write(show_table(answer.rejected, rows=20))
