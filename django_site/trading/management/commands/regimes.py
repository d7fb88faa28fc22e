"""titan regimes"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from django_site.trading.management.options import add_parameters, add_period, parameters_from
from services import RegimeDetectionService
from titan_research.parameters import RegimeParameters


class Command(TitanCommand):
    help = "Detect the regimes of a price series, published day by day and never rewritten"
    example = "  titan regimes SPX\n  titan regimes SPX --n-regimes 3 --json"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("symbol", nargs="?", default="SPX", help="default SPX")
        add_period(parser)
        add_parameters(parser, RegimeParameters)

    def answer(self, **options: Any) -> Any:
        return RegimeDetectionService(source="cli").detect_sync(
            options["symbol"],
            options["start"],
            options["end"],
            parameters=parameters_from(RegimeParameters, options),
            progress=self.progress("fits", **options),
        )

    def show(self, answer: Any, **options: Any) -> None:
        self.stdout.write(
            f"{answer.symbol}: {answer.current_regime} on {answer.end:%Y-%m-%d} "
            f"(probability {answer.current_probability:.0%}), {answer.shifts_per_year:.1f} shifts a year"
        )
        self.stdout.write(show_table(answer.regimes))
        self.stdout.write("\nlast shifts")
        self.stdout.write(show_table(answer.shifts.tail(8)))
