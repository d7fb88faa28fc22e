"""titan scan"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from django_site.trading.management.options import add_parameters, add_period, parameters_from
from services import PairAnalysisService
from titan_research.parameters import ScanParameters


class Command(TitanCommand):
    help = "Scan a universe for cointegrated pairs, corrected for the number of tests"
    example = "  titan scan --universe sample --start 2015-01-01\n  titan scan KO PEP PG WMT --trend ct --json"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("symbols", nargs="*", help="instead of a universe")
        parser.add_argument("--universe", default="sample", help="default sample")
        parser.add_argument("--best", type=int, default=10, metavar="N", help="how many pairs to list (default 10)")
        add_period(parser)
        add_parameters(parser, ScanParameters)

    def answer(self, **options: Any) -> Any:
        return PairAnalysisService(source="cli").find_cointegrated_pairs_sync(
            options["symbols"] or options["universe"],
            options["start"],
            options["end"],
            parameters=parameters_from(ScanParameters, options),
            progress=self.progress("scan", **options),
        )

    def show(self, answer: Any, **options: Any) -> None:
        alpha = answer.parameters.alpha
        self.stdout.write(
            f"{answer.n_tests} tests over {answer.n_obs} sessions ({answer.start:%Y-%m-%d} to {answer.end:%Y-%m-%d})\n"
            f"p < {alpha:g}: {answer.n_significant}, expected by chance alone: {answer.expected_false:.1f}\n"
            f"survive the Benjamini-Yekutieli correction at {alpha:g}: {answer.n_discoveries}\n"
        )
        columns = [
            "y",
            "x",
            "p_value",
            "p_value_two_directions",
            "q_value",
            "hedge_ratio",
            "half_life",
            "survives",
        ]
        self.stdout.write(show_table(answer.best(options["best"])[columns]))
