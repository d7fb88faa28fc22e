"""What all commands of TITAN share: one answer, one error line, one exit code table, JSON on request."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand

from services.progress_bar import progress_bar
from services.readiness import ensure_database
from titan_research.errors import Conflict, InvalidInput, NotFound, TitanError
from titan_research.results import FrameResult, Result, json_value

__all__ = ["TitanCommand", "show_table"]

_CALLERS_FAULT = (InvalidInput, NotFound, Conflict)


class TitanCommand(BaseCommand):
    """Subclasses give ``help``, ``example``, ``arguments`` and ``answer``.

    Exit code 0 only on success, 2 for a caller's mistake (one line on stderr), 1 for a failure.
    """

    example: str = ""
    needs_database: bool = True
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own class attribute

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = self.help
        parser.epilog = f"example:\n{self.example}" if self.example else None
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout, nothing else")
        self.arguments(parser)

    def arguments(self, parser: ArgumentParser) -> None:
        """Add the options of the command."""

    def answer(self, **options: Any) -> Any:
        """Do the work; return a result, a frame, a dict or None."""
        raise NotImplementedError

    def show(self, answer: Any, **options: Any) -> None:
        """Print the answer for a person; overridden where a summary or a table is not enough."""
        if isinstance(answer, Result | FrameResult):
            self.stdout.write(answer.summary())
        elif isinstance(answer, pd.DataFrame):
            self.stdout.write(show_table(answer))
        elif isinstance(answer, dict):
            width = max((len(str(key)) for key in answer), default=0)
            self.stdout.write("\n".join(f"{key:<{width}}  {value}" for key, value in answer.items()))
        elif answer is not None:
            self.stdout.write(str(answer))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if self.needs_database:
                ensure_database()
            answer = self.answer(**options)
            if options["json"]:
                self.stdout.write(json.dumps(json_value(answer), indent=1))
            else:
                self.show(answer, **options)
        except TitanError as error:
            self.stderr.write(f"titan: {error}")
            sys.exit(2 if isinstance(error, _CALLERS_FAULT) else 1)
        except KeyboardInterrupt:
            self.stderr.write("titan: interrupted; what was running has been cancelled")
            sys.exit(130)

    def progress(self, label: str, **options: Any) -> Callable[[int, int], None] | None:
        """A bar on a terminal, nothing in a pipe or with --json."""
        return None if options.get("json") else progress_bar(label)


def show_table(frame: pd.DataFrame, *, rows: int = 40) -> str:
    """A frame as aligned text; numbers rounded, long frames cut with a note."""
    if not len(frame):
        return "(nothing)"
    shown = frame.head(rows).copy()
    for name in shown.columns:
        if pd.api.types.is_datetime64_any_dtype(shown[name]):
            shown[name] = shown[name].dt.strftime("%Y-%m-%d")
    text = str(shown.to_string(index=False, float_format=lambda value: f"{value:.4g}", na_rep="-"))
    more = len(frame) - len(shown)
    return f"{text}\n... and {more} more rows (--json gives all)" if more > 0 else text
