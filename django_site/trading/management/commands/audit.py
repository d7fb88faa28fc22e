"""titan audit"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services import RunService


class Command(TitanCommand):
    help = "Prove that nothing looks ahead: the future is cut off and garbled, decisions must not move"
    example = "  titan audit\n  titan audit --seed 3 --json"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=7, help="of the synthetic prices and the cuts (default 7)")

    def answer(self, **options: Any) -> Any:
        return RunService(source="cli").audit_sync(seed=options["seed"], progress=self.progress("checks", **options))

    def show(self, answer: Any, **options: Any) -> None:
        verdict = answer.table.groupby(["subject", "test"], sort=True)["passed"].agg(["all", "size"]).reset_index()
        verdict["verdict"] = ["passed" if passed else "FAILED" for passed in verdict.pop("all")]
        self.stdout.write(show_table(verdict.rename(columns={"size": "checks"}), rows=200))
        self.stdout.write(
            f"{'passed' if answer.passed else 'FAILED'}: {answer.n_checks} checks, {answer.n_failed} failed, "
            f"certificate {answer.fingerprint[:16]}"
        )
        if not answer.passed:
            sys.exit(1)
