"""titan reproduce"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services import RunService


class Command(TitanCommand):
    help = "Compute a run again on its pinned prices and say what changed since"
    example = "  titan reproduce 12"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run_id", type=int)

    def answer(self, **options: Any) -> Any:
        return RunService(source="cli").reproduce_sync(options["run_id"], progress=self.progress("again", **options))

    def show(self, answer: Any, **options: Any) -> None:
        same = "bit for bit the stored result" if answer.identical else f"DIFFERENT in {answer.differences}"
        self.stdout.write(f"{answer.question}, on the prices it was made from: {same}")
        if not answer.same_code:
            self.stdout.write("the code has changed since the run was made")
        if answer.n_changed:
            self.stdout.write(f"\n{answer.n_changed} prices were revised since")
            self.stdout.write(show_table(answer.changed_rows, rows=20))
        self.stdout.write("")
        self.stdout.write(answer.headline.to_string(na_rep="-"))
        if not answer.identical:
            sys.exit(1)
