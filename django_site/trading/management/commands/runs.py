"""titan runs"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand
from services import RunService
from titan_research.errors import InvalidInput
from titan_research.types import Job, RunStatus


class Command(TitanCommand):
    help = "List runs, show one, count the trials"
    example = "  titan runs\n  titan runs --job backtest\n  titan runs show 12\n  titan runs trials"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", nargs="?", choices=["list", "show", "cancel", "trials"], default="list")
        parser.add_argument("run_id", nargs="?", type=int, help="for show and cancel")
        parser.add_argument("--job", choices=[job.value for job in Job])
        parser.add_argument("--status", choices=[status.value for status in RunStatus])
        parser.add_argument("--limit", type=int, default=30)

    def answer(self, **options: Any) -> Any:
        service = RunService(source="cli")
        if options["action"] == "list":
            return service.list_runs_sync(job=options["job"], status=options["status"], limit=options["limit"])
        if options["action"] == "trials":
            return service.trials_sync()
        if options["run_id"] is None:
            raise InvalidInput(f"titan runs {options['action']} needs the number of a run; `titan runs` lists them")
        if options["action"] == "cancel":
            state = service.cancel_sync(options["run_id"])
            return {"run": state.id, "status": state.status.value}
        return service.show_sync(options["run_id"])
