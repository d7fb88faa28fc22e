"""titan signals"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services import SignalGenerationService
from titan_research.results import FrameResult


class Command(TitanCommand):
    help = "Generate signals for the active pairs, or list the ones in force"
    example = (
        "  titan signals generate --regime SPX\n  titan signals generate --as-of 2015-06-30\n  titan signals active"
    )

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["generate", "active", "list"])
        parser.add_argument(
            "--as-of", metavar="DATE", help="nothing after this date is read (default: the last session)"
        )
        parser.add_argument("--regime", metavar="SYMBOL", help="scale sizes by the published regime of this series")

    def answer(self, **options: Any) -> Any:
        service = SignalGenerationService(source="cli")
        if options["action"] == "generate":
            return service.generate_sync(options["as_of"], regime_symbol=options["regime"])
        return service.active_sync() if options["action"] == "active" else service.list_signals_sync()

    def show(self, answer: Any, **options: Any) -> None:
        if not isinstance(answer, FrameResult):
            self.stdout.write(show_table(answer.drop(columns=["reason"], errors="ignore")))
            return
        table = answer.to_frame()
        for row in table.itertuples():
            self.stdout.write(f"{row.y}/{row.x}: {row.action}  {row.reason}")
