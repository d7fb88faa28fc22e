"""titan report"""

from __future__ import annotations

import webbrowser
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services import ReportService
from services.pipeline import Pipeline
from titan_research.errors import InvalidInput


class Command(TitanCommand):
    help = "Render a report: scan, pair, walk_forward or regime"
    example = (
        "  titan report pair -p y=KO -p x=PEP\n  titan report regime -p symbol=SPX --open\n"
        "  titan report walk_forward -p universe=sample -p start=2005-01-01\n  titan report list"
    )

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=["scan", "pair", "walk_forward", "regime", "list", "templates"])
        parser.add_argument(
            "-p",
            dest="pairs",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="what the report is about",
        )
        parser.add_argument("--force", action="store_true", help="render again although the same report is there")
        parser.add_argument("--open", action="store_true", help="open it in the browser")

    def answer(self, **options: Any) -> Any:
        if options["name"] == "list":
            return ReportService(source="cli").list_reports_sync()
        if options["name"] == "templates":
            return ReportService(source="cli").templates_sync()
        question = {}
        for pair in options["pairs"]:
            key, sign, value = pair.partition("=")
            if not sign:
                raise InvalidInput(f"-p expects KEY=VALUE, for example -p y=KO; received {pair!r}")
            question[key] = value
        return Pipeline(source="cli").report_sync(options["name"], question, force=options["force"])

    def show(self, answer: Any, **options: Any) -> None:
        if options["name"] in {"list", "templates"}:
            self.stdout.write(show_table(answer))
            return
        self.stdout.write(f"{answer.path}{'  (unchanged)' if answer.reused else ''}")
        if options["open"]:
            webbrowser.open(Path(answer.path).as_uri())
