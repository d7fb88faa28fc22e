"""Celery tasks: each takes ids and calls one function; the rows are the truth, Celery is the trigger."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from celery import shared_task

from django_site.trading import dispatch

__all__ = ["execute_run", "nightly", "reap", "sweep"]


@shared_task
def execute_run(*, run_id: int, **_: object) -> None:
    """Compute one queued run."""
    dispatch.work_off(run_id)


@shared_task
def nightly(**_: object) -> None:
    """The jobs of the night, chained by the pipeline."""
    if find_spec("services.pipeline") is not None:
        import_module("services.pipeline").nightly()


@shared_task
def reap(**_: object) -> int:
    """Every minute: runs whose worker is gone."""
    return dispatch.reap()


@shared_task
def sweep(**_: object) -> int:
    """Every minute: queued runs whose message was lost."""
    return dispatch.sweep()
