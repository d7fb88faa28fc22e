"""titan lab"""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command

from django_site.trading.management.base import TitanCommand
from services.kernelspec import install_kernelspec, kernelspec_problems


class Command(TitanCommand):
    help = "Open the workbench: JupyterLab through shell_plus, on this machine only, behind a token"
    example = "  titan lab\n  titan lab --check\n  titan lab --no-browser --port 8890"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="say what is wrong, one line each, and stop")
        parser.add_argument("--no-browser", action="store_true")
        parser.add_argument("--port", type=int, default=8888)
        parser.add_argument("--token", help="a fixed token instead of a random one")

    def answer(self, **options: Any) -> Any:
        problems = self._problems()
        if options["check"]:
            if problems:
                self.stdout.write("\n".join(problems))
                sys.exit(1)
            return {"lab": "ready", "kernel": "titan", "notebooks": str(settings.BASE_DIR / "notebooks")}
        install_kernelspec()
        arguments = [argument for argument in settings.NOTEBOOK_ARGUMENTS if not argument.startswith("--port")]
        arguments += [f"--port={options['port']}", "--allow-root"]
        if options["no_browser"]:
            arguments.append("--no-browser")
        if options["token"]:
            arguments.append(f"--IdentityProvider.token={options['token']}")
        settings.NOTEBOOK_ARGUMENTS = arguments
        call_command("shell_plus", "--lab")
        return None

    def _problems(self) -> list[str]:
        problems = (
            []
            if shutil.which("jupyter-lab", path=str(settings.PYTHON_BIN))
            else ["jupyterlab is not installed: run `make setup`"]
        )
        return problems + kernelspec_problems()
