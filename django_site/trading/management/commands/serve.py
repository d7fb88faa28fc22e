"""titan serve"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command

from django_site.trading.management.base import TitanCommand


class Command(TitanCommand):
    help = "Serve the pages and the REST API on this machine"
    example = "  titan serve\n  titan serve --port 8001"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def answer(self, **options: Any) -> None:
        self.stdout.write(
            f"pages and API at http://127.0.0.1:{options['port']}/  (titan createsuperuser makes a login)"
        )
        call_command("runserver", f"127.0.0.1:{options['port']}", use_reloader=False)
