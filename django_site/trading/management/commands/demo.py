"""titan demo"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from django_site.trading.management.base import TitanCommand, show_table
from services.pipeline import Pipeline


class Command(TitanCommand):
    help = "The main job on 33 years of real prices, from ingest to four HTML reports; repeating it changes nothing"
    example = "  titan demo\n  titan demo --json"

    def answer(self, **options: Any) -> Any:
        return Pipeline(source="cli").demo_sync(steps=None if options["json"] else _Narrator())

    def show(self, answer: Any, **options: Any) -> None:
        write = self.stdout.write
        write(
            f"\nThe scan made {answer.n_tests} tests: {answer.n_significant} have p < 0.05, chance alone would give "
            f"{answer.expected_false:.0f}; {answer.n_survivors} survive the correction for the number of tests."
        )
        if answer.pairs_by_rank:
            write("No pair survived. The pairs below are the best by rank: an illustration, not a finding.")
        write(show_table(answer.pairs))
        columns = [
            "fold",
            "test_start",
            "test_end",
            "n_survivors",
            "train_sharpe",
            "test_sharpe",
            "test_return",
        ]
        write("\nWalk-forward, pairs and parameters chosen on the past alone (last windows)")
        write(show_table(answer.walk_forward[columns].tail(6)))
        write(f"\nRegime of SPX on its last session: {answer.regime}")
        write(show_table(answer.signals[["y", "x", "action", "zscore", "position", "size_multiplier"]]))
        verdict = "passed" if answer.audit_passed else "FAILED"
        write(f"\nNo look-ahead: {verdict}, {answer.audit_checks} checks")
        write("\nReports")
        for row in answer.reports.itertuples():
            write(f"  {_near(row.path)}{'  (unchanged)' if row.reused else ''}")
        write(f"  {_near(answer.gallery)}  <- start here")


class _Narrator:
    """One line a step on a pipe, a moving line on a terminal."""

    def __init__(self) -> None:
        self._name = ""
        self._started = time.monotonic()
        self._moving = sys.stderr.isatty()
        self._shown = 0.0

    def __call__(self, name: str, done: int, total: int) -> None:
        now = time.monotonic()
        if name != self._name:
            back = "\r" if self._moving and self._name else ""
            sys.stderr.write(f"{back}[{now - self._started:5.1f} s] {name:<24}\n")
            self._name = name
        elif self._moving and total and now - self._shown > 0.1:
            self._shown = now
            filled = round(20 * done / total)
            sys.stderr.write(f"\r  {'#' * filled}{'.' * (20 - filled)} {done}/{total}  ")
        sys.stderr.flush()


def _near(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path
