"""titan walkforward"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from django_site.trading.management.options import (
    add_backtest,
    add_parameters,
    add_period,
    backtest_from,
    parameters_from,
)
from services import ParameterService
from titan_research.parameters import WalkForwardParameters


class Command(TitanCommand):
    help = "Walk parameters (and the choice of pairs) forward: chosen on the past, judged on what came after"
    example = "  titan walkforward KO PEP\n  titan walkforward --universe sample --formation 1008 --n-pairs 3"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "pair", nargs="*", metavar="LEG", help="y and x; leave out to have pairs chosen in every window"
        )
        parser.add_argument("--universe", help="where pairs are chosen from (default sample)")
        add_period(parser)
        add_parameters(parser, WalkForwardParameters)
        add_backtest(parser)

    def answer(self, **options: Any) -> Any:
        legs = options["pair"]
        if len(legs) not in {0, 2}:
            from titan_research.errors import InvalidInput

            raise InvalidInput(f"give two legs or none; received {len(legs)}")
        y, x = legs or (None, None)
        return ParameterService(source="cli").walk_forward_sync(
            y,
            x,
            options["start"],
            options["end"],
            universe=options["universe"],
            parameters=parameters_from(WalkForwardParameters, options, backtest=backtest_from(options)),
            progress=self.progress("windows", **options),
        )

    def show(self, answer: Any, **options: Any) -> None:
        self.stdout.write(answer.summary())
        columns = [
            "fold",
            "test_start",
            "test_end",
            "n_survivors",
            "train_sharpe",
            "test_sharpe",
            "test_return",
            "n_trades",
        ]
        self.stdout.write(show_table(answer.folds[columns]))
        self.stdout.write(answer.verdict)
