"""titan backtest"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from django_site.trading.management.options import add_backtest, add_period, backtest_from
from services import BacktestService, ParameterService


class Command(TitanCommand):
    help = "Backtest one pair: fills at the next bar, costs on"
    example = (
        "  titan backtest KO PEP\n  titan backtest KO PEP --entry 2.5 --zscore-window 40\n"
        "  titan backtest KO PEP --grid"
    )

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("y", help="dependent leg")
        parser.add_argument("x", help="independent leg")
        parser.add_argument("--grid", action="store_true", help="sweep the default grid instead (in sample)")
        parser.add_argument("--trades", type=int, default=10, metavar="N", help="how many trades to list (default 10)")
        add_period(parser)
        add_backtest(parser)

    def answer(self, **options: Any) -> Any:
        asked = (options["y"], options["x"], options["start"], options["end"])
        parameters = backtest_from(options)
        if options["grid"]:
            return ParameterService(source="cli").optimize_sync(
                *asked, parameters=parameters, progress=self.progress("grid", **options)
            )
        return BacktestService(source="cli").backtest_pair_sync(*asked, parameters=parameters)

    def show(self, answer: Any, **options: Any) -> None:
        if options["grid"]:
            self.stdout.write(f"{answer.n_combinations} combinations, in sample: the best of them flatters")
            table = answer.to_frame().sort_values("sharpe_ratio", ascending=False, na_position="last")
            self.stdout.write(show_table(table, rows=options["trades"]))
            return
        self.stdout.write(
            f"{answer.y}/{answer.x}, {answer.start:%Y-%m-%d} to {answer.end:%Y-%m-%d}, {answer.execution}"
        )
        self.stdout.write(answer.metrics.summary())
        columns = [
            "side",
            "entry",
            "exit",
            "bars",
            "reason",
            "entry_zscore",
            "exit_zscore",
            "gross_pnl",
            "pnl",
        ]
        self.stdout.write(f"\nlast {min(options['trades'], len(answer.trades))} of {len(answer.trades)} trades")
        self.stdout.write(show_table(answer.trades[columns].tail(options["trades"])))
        if len(answer.findings):
            self.stdout.write("\nwhat a critic would say")
            self.stdout.write(show_table(answer.findings))
