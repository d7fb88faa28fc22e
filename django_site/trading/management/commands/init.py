"""titan init"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django_site.trading.management.base import TitanCommand
from services.kernelspec import install_kernelspec
from services.readiness import ensure_database


class Command(TitanCommand):
    help = "Prepare the database and install the Jupyter kernel; safe to repeat"
    example = "  titan init\n  titan init --no-kernel"
    needs_database = False

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-kernel", action="store_true", help="leave the Jupyter kernels alone")

    def answer(self, **options: Any) -> dict[str, Any]:
        applied = ensure_database(migrate=True)
        kernel = None if options["no_kernel"] else install_kernelspec()
        return {
            "migrations": f"{len(applied)} applied" if applied else "up to date",
            "kernel": kernel or "left alone",
        }
