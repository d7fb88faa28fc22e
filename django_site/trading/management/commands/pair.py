"""titan pair"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand
from django_site.trading.management.options import add_parameters, add_period, parameters_from
from services import PairAnalysisService
from titan_research.parameters import ScanParameters


class Command(TitanCommand):
    help = "Test one pair for cointegration, and how stable it has been"
    example = "  titan pair KO PEP\n  titan pair KO PEP --stability\n  titan pair KO PEP --create"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("y", help="dependent leg")
        parser.add_argument("x", help="independent leg")
        parser.add_argument("--stability", action="store_true", help="repeat the test in rolling windows")
        parser.add_argument("--window", type=int, default=504, help="bars a window (default 504)")
        parser.add_argument("--step", type=int, default=63, help="bars between windows (default 63)")
        parser.add_argument("--create", action="store_true", help="keep it as an active trading pair")
        add_period(parser)
        add_parameters(parser, ScanParameters)

    def answer(self, **options: Any) -> Any:
        service = PairAnalysisService(source="cli")
        y, x, period = options["y"], options["x"], (options["start"], options["end"])
        parameters = parameters_from(ScanParameters, options)
        answer: dict[str, Any] = {"test": service.test_pair_sync(y, x, *period, parameters=parameters)}
        if options["stability"]:
            answer["stability"] = service.pair_stability_sync(
                y,
                x,
                *period,
                window=options["window"],
                step=options["step"],
                parameters=parameters,
                progress=self.progress("windows", **options),
            )
        if options["create"]:
            answer["trading_pair"] = service.create_trading_pair_sync(y, x)
        return answer

    def show(self, answer: Any, **options: Any) -> None:
        self.stdout.write(answer["test"].summary())
        if "stability" in answer:
            self.stdout.write(answer["stability"].summary())
        if "trading_pair" in answer:
            self.stdout.write(f"trading pair {answer['trading_pair']['id']} is active")
