"""Queued runs are computed by a thread of this process, or by a real Celery worker; each once, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from django_site.trading import dispatch, tasks
from django_site.trading.models import PairTest, Run
from services.pair_analysis import PairAnalysisService
from services.run_history import RunService
from services.translation import register_instruments
from tests.tasks.conftest import free_port, wait_for

SYMBOLS = ["KO", "PEP", "PG"]


@pytest.fixture
def queued(transactional_db: None, sample_prices: tuple[str, ...]) -> int:
    """A scan that waits to be computed."""
    register_instruments(sample_prices)
    service = PairAnalysisService(source="api")
    return service.enqueue_scan_sync(SYMBOLS, "2015-01-01", "2018-12-31").id


def _status(run_id: int) -> str:
    return str(Run.objects.values_list("status", flat=True).get(pk=run_id))


def _old(run_id: int, **changes: Any) -> None:
    long_ago = timezone.now() - timedelta(seconds=121)
    Run.objects.filter(pk=run_id).update(created_at=long_ago, heartbeat_at=long_ago, **changes)


def test_without_a_broker_a_thread_of_this_process_computes(queued: int) -> None:
    for _ in range(3):
        dispatch.submit(queued)
    wait_for(lambda: _status(queued) == "done")
    run = Run.objects.get(pk=queued)
    assert (run.attempts, run.summary["n_tests"], PairTest.objects.filter(run=run).count()) == (1, 6, 6)
    assert RunService().reproduce_sync(queued).identical


def test_nothing_is_handed_over_when_the_transaction_is_rolled_back(queued: int) -> None:
    with transaction.atomic():
        dispatch.submit(queued)
        transaction.set_rollback(True)
    dispatch.submit(other := PairAnalysisService().enqueue_scan_sync(["KO", "PEP"], "2015-01-01", "2018-12-31").id)
    wait_for(lambda: _status(other) == "done")
    assert _status(queued) == "queued"


def test_the_thread_outlives_a_run_that_fails(queued: int) -> None:
    bad = Run.objects.create(identity="b" * 64, job="scan", request={"symbols": ["KO", "NOPE"]})
    unreadable = Run.objects.create(identity="c" * 64, job="scan", request={"nothing": 1})
    for run_id in (bad.pk, unreadable.pk, 10**9, queued):
        dispatch.submit(run_id)
    wait_for(lambda: _status(queued) == "done")
    assert {_status(bad.pk), _status(unreadable.pk)} == {"failed"}
    bad.refresh_from_db()
    assert "NOPE" in bad.error


def test_a_run_whose_worker_went_silent_is_queued_again_and_computed(queued: int) -> None:
    _old(queued, status="running", attempts=1)
    assert tasks.reap() == 1
    wait_for(lambda: _status(queued) == "done")
    assert Run.objects.get(pk=queued).attempts == 2


def test_a_run_that_silences_every_worker_is_given_up(queued: int) -> None:
    _old(queued, status="running", attempts=3)
    assert tasks.reap() == 1
    run = Run.objects.get(pk=queued)
    assert (run.status, run.attempts) == ("failed", 3)
    assert "3 times" in run.error
    assert tasks.reap() == 0


def test_a_run_that_gives_signs_of_life_is_left_alone(queued: int) -> None:
    Run.objects.filter(pk=queued).update(status="running", attempts=3, heartbeat_at=timezone.now())
    assert tasks.reap() == 0
    assert _status(queued) == "running"


def test_a_run_whose_message_was_lost_is_handed_over_again(queued: int) -> None:
    assert tasks.sweep() == 0
    _old(queued)
    assert tasks.sweep() == 1
    wait_for(lambda: _status(queued) == "done")
    assert tasks.sweep() == 0


def test_tasks_take_names_only() -> None:
    with pytest.raises(TypeError):
        tasks.execute_run(1)


@pytest.mark.redis
def test_a_broker_that_is_down_costs_two_seconds_at_most_and_no_run(
    queued: int, publish_from_a_server: Callable[..., float]
) -> None:
    assert publish_from_a_server(f"redis://127.0.0.1:{free_port()}/0", queued) < 2
    assert _status(queued) == "queued"


@pytest.mark.redis
def test_a_real_worker_computes_once_however_often_the_message_comes(
    worker: str, queued: int, publish_from_a_server: Callable[..., float]
) -> None:
    publish_from_a_server(worker, *[queued] * 5)
    wait_for(lambda: _status(queued) == "done", seconds=90)
    run = Run.objects.get(pk=queued)
    assert (run.attempts, PairTest.objects.filter(run=run).count()) == (1, 6)
    assert RunService().reproduce_sync(queued).identical
