"""Hands queued runs to whoever computes them: Celery with a broker, else one thread of this process.

The row is the truth and is claimed by compare-and-swap, so a run that is handed over twice is computed once.
"""

from __future__ import annotations

import functools
import logging
import os
import queue
import threading
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from django_site.trading.models import Run
from services import runs
from services.run_history import RunService
from titan_research.errors import SourceError, StoreUnavailable, TitanError
from titan_research.types import RunStatus

__all__ = ["MAX_ATTEMPTS", "publish", "reap", "submit", "sweep", "work_off"]

MAX_ATTEMPTS = 3
SILENT_FOR = timedelta(seconds=120)
QUEUED_FOR = timedelta(seconds=30)
AT_ONCE = {"interval_start": 0, "interval_step": 0, "interval_max": 0}

logger = logging.getLogger(__name__)


def submit(run_id: int) -> None:
    """Hand a queued run over once the current transaction is committed."""
    transaction.on_commit(functools.partial(publish, run_id))


def publish(run_id: int) -> None:
    """Hand a run over now. When the broker cannot be reached the run stays queued and `sweep` tries again."""
    if not settings.TITAN["BROKER_CONFIGURED"]:
        _worker().put(run_id)
        return
    from kombu.exceptions import KombuError
    from redis.exceptions import RedisError

    from django_site.celery import app
    from django_site.trading.tasks import execute_run

    try:
        with app.connection_for_write(transport_options=AT_ONCE) as connection:
            execute_run.apply_async(kwargs={"run_id": run_id}, connection=connection, retry=False)
    except (KombuError, RedisError, OSError) as error:
        logger.warning("run %s stays queued, the broker cannot be reached: %s", run_id, error)


def work_off(run_id: int) -> None:
    """Compute a queued run. What can never work is recorded as failed; what may work later stays queued."""
    try:
        RunService(source="worker").execute_sync(run_id)
    except (SourceError, StoreUnavailable) as error:
        logger.warning("run %s stays queued: %s", run_id, error)
    except TitanError as error:
        logger.warning("run %s: %s", run_id, error)
        if Run.objects.filter(pk=run_id, status=RunStatus.QUEUED).exists() and runs.claim(run_id):
            runs.failed(run_id, str(error))


def reap() -> int:
    """Put runs whose worker is gone back into the queue, or give them up after three attempts."""
    silent = Run.objects.silent_since(timezone.now() - SILENT_FOR)
    poisoned = silent.filter(attempts__gte=MAX_ATTEMPTS).update(
        status=RunStatus.FAILED,
        finished_at=timezone.now(),
        error=f"given up: started {MAX_ATTEMPTS} times, and every time the worker went silent",
    )
    found = list(silent.values_list("pk", flat=True))
    for run_id in found:
        if silent.filter(pk=run_id).update(status=RunStatus.QUEUED, error="its worker went silent; queued again"):
            submit(run_id)
    return poisoned + len(found)


def sweep() -> int:
    """Hand over again what has been queued for a while: its message or its process was lost."""
    waiting = Run.objects.filter(status=RunStatus.QUEUED, created_at__lt=timezone.now() - QUEUED_FOR)
    found = list(waiting.order_by("pk").values_list("pk", flat=True)[:1_000])
    for run_id in found:
        submit(run_id)
    return len(found)


_lock = threading.Lock()
_queues: dict[int, queue.SimpleQueue[int]] = {}


def _worker() -> queue.SimpleQueue[int]:
    """The queue of this process, with the thread that works it off."""
    with _lock:
        if os.getpid() not in _queues:
            waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
            _queues.clear()
            _queues[os.getpid()] = waiting
            threading.Thread(target=_serve, args=(waiting,), name="titan-runs", daemon=True).start()
        return _queues[os.getpid()]


def _pick_up() -> None:
    """Runs that an earlier process left in the queue."""
    try:
        sweep()
    except Exception:
        logger.exception("runs that were left in the queue could not be looked up")
    finally:
        connections.close_all()


def _serve(waiting: queue.SimpleQueue[int]) -> None:
    _pick_up()
    while True:
        run_id = waiting.get()
        try:
            close_old_connections()
            work_off(run_id)
        except Exception:
            logger.exception("run %s ended with an unexpected error", run_id)
        finally:
            connections.close_all()
