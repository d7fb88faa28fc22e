"""titan lab"""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django_extensions.management.commands import shell_plus

from django_site.trading.management.base import TitanCommand
from services.kernelspec import install_kernelspec, kernelspec_problems
from titan_research.errors import InvalidInput, NotConfigured


class Laboratory(shell_plus.Command):
    """shell_plus with the kernel ``titan``, which loads what shell_plus loads, not with one made up at every start."""

    def generate_kernel_specs(self, app: Any, ipython_arguments: list[str]) -> dict[str, Any]:
        return {}


class Command(TitanCommand):
    help = "Open the workbench: JupyterLab through shell_plus, on this machine only, behind a token"
    example = "  titan lab\n  titan lab --check\n  titan lab --no-browser --port 8890 --notebooks ~/research"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="say what is wrong, one line each, and stop")
        parser.add_argument("--no-browser", action="store_true")
        parser.add_argument("--port", type=int, default=8888)
        parser.add_argument("--token", help="a fixed token instead of a random one")
        parser.add_argument("--notebooks", type=Path, help="the folder to open; by default the one of this repository")

    def answer(self, **options: Any) -> Any:
        folder = (options["notebooks"] or settings.BASE_DIR / "notebooks").expanduser().resolve()
        if options["check"]:
            problems = _missing_program() + kernelspec_problems()
            if problems:
                self.stdout.write("\n".join(problems))
                sys.exit(1)
            return {"lab": "ready", "kernel": "titan", "notebooks": str(folder)}
        if not folder.is_dir():
            raise InvalidInput(f"--notebooks: expected a folder, received {folder}")
        if problems := _missing_program():
            raise NotConfigured(problems[0])
        install_kernelspec()
        settings.NOTEBOOK_ARGUMENTS = [
            *(given for given in settings.NOTEBOOK_ARGUMENTS if not given.startswith(("--notebook-dir", "--port"))),
            f"--notebook-dir={folder}",
            f"--port={options['port']}",
            "--allow-root",
            *(["--no-browser"] if options["no_browser"] else []),
            *([f"--IdentityProvider.token={options['token']}"] if options["token"] else []),
        ]
        call_command(Laboratory(), "--lab")
        return None


def _missing_program() -> list[str]:
    found = shutil.which("jupyter-lab", path=str(settings.PYTHON_BIN))
    return [] if found else ["jupyterlab is not installed: run `make setup`"]
