"""titan health"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services import MarketDataService


class Command(TitanCommand):
    help = "Report on data quality: gaps, stale prices, jumps over 50%"
    example = "  titan health\n  titan health KO PEP --json"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("symbols", nargs="*", help="default: every stored symbol")
        parser.add_argument("--interval", default="1d")

    def answer(self, **options: Any) -> Any:
        return MarketDataService(source="cli").health_sync(options["symbols"] or None, interval=options["interval"])

    def show(self, answer: Any, **options: Any) -> None:
        self.stdout.write(show_table(answer.to_frame(), rows=100))
        if answer.n_issues:
            self.stdout.write(f"\n{answer.n_issues} findings")
            self.stdout.write(show_table(answer.issues, rows=20))
