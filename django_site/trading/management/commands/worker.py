"""titan worker"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from django_site.trading.management.base import TitanCommand
from titan_research.errors import NotConfigured


class Command(TitanCommand):
    help = "Work the queue with Celery (needs CELERY_BROKER_URL)"
    example = "  CELERY_BROKER_URL=redis://127.0.0.1:6379/0 titan worker --concurrency 2"

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2)

    def answer(self, **options: Any) -> None:
        if not settings.TITAN["BROKER_CONFIGURED"]:
            raise NotConfigured(
                "set CELERY_BROKER_URL, for example redis://127.0.0.1:6379/0; without it jobs run in-process"
            )
        from django_site.celery import app

        app.worker_main(["worker", "--beat", f"--concurrency={options['concurrency']}", "--loglevel=INFO"])
