"""The Celery application: ``celery -A django_site.celery worker``; imported only where a broker is used."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.signals import worker_init

from django_site.boot import setup
from django_site.checks import ADVICE
from django_site.env import async_unsafe_is_allowed

__all__ = ["app"]

setup()
app = Celery("titan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_async_unsafe_worker(**context: Any) -> None:
    """Celery swallows ordinary exceptions of its signal handlers, therefore SystemExit."""
    if async_unsafe_is_allowed():
        raise SystemExit(ADVICE)
