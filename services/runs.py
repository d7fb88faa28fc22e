"""The run ledger: plain functions over the ORM, each owning its transaction.

A run is identified by the hash of (job, request, data, code); the row is the truth, claimed by compare-and-swap.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from django_site.trading.models import Run, RunArtifact, Trial
from services.codec import decode_result, encode_result
from services.provenance import code_version, package_versions
from services.requests.base import Request
from titan_research.errors import ComputationFailed, Conflict, NotFound
from titan_research.panel import Panel
from titan_research.results import FrameResult, Result, json_value
from titan_research.types import Job, RunStatus

__all__ = [
    "RunState",
    "beat",
    "cancel",
    "cancelled",
    "check_unchanged",
    "claim",
    "data_fingerprint",
    "failed",
    "finish",
    "identity",
    "load_request",
    "load_result",
    "open_run",
    "requeue",
    "state",
]

R = TypeVar("R")
_STALE = timedelta(seconds=120)
_MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What a caller sees of a run; no ORM object crosses a thread."""

    id: int
    job: Job
    title: str
    status: RunStatus
    progress_done: int
    progress_total: int
    attempts: int
    error: str

    @property
    def is_done(self) -> bool:
        return self.status is RunStatus.DONE


def _state(run: Run) -> RunState:
    return RunState(
        id=run.pk,
        job=Job(run.job),
        title=run.title,
        status=RunStatus(run.status),
        progress_done=run.progress_done,
        progress_total=run.progress_total,
        attempts=run.attempts,
        error=run.error,
    )


def data_fingerprint(panels: tuple[Panel, ...]) -> str:
    """One hash over all panels that a request reads."""
    return hashlib.sha256("|".join(panel.fingerprint for panel in panels).encode()).hexdigest()


def identity(request: Request[Any], fingerprint: str, *, owner_id: int | None = None) -> str:
    """SHA-256 over job, request, data, code and computing libraries: equal questions have equal identities."""
    content: list[Any] = [
        request.job.value,
        request.to_dict(),
        fingerprint,
        code_version().fingerprint,
        package_versions(),
    ]
    if owner_id is not None:
        content.append(owner_id)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def open_run(request: Request[Any], panels: tuple[Panel, ...], *, owner_id: int | None, source: str) -> RunState:
    """Find the run of this very question or record it as queued.

    A finished run is found whoever asks, unless it belongs to another user: then the asker gets a run of their own.
    """
    fingerprint = data_fingerprint(panels)
    key = identity(request, fingerprint)
    run = Run.objects.filter(identity=key).first()
    if run is not None and owner_id is not None and run.owner_id not in (None, owner_id):
        key = identity(request, fingerprint, owner_id=owner_id)
        run = Run.objects.filter(identity=key).first()
    if run is None:
        code = code_version()
        fields = {
            "job": request.job.value,
            "title": request.title,
            "request": request.to_dict(),
            "parameters": request.to_dict().get("parameters") or {},
            "data_fingerprint": fingerprint,
            "snapshot": "|".join(panel.fingerprint for panel in panels),
            "code_version": str(code),
            "code_dirty": code.dirty,
            "package_versions": package_versions(),
            "seed": request.seed,
            "owner_id": owner_id,
            "source": source,
        }
        try:
            with transaction.atomic():
                run = Run.objects.create(identity=key, **fields)
        except IntegrityError:
            run = Run.objects.get(identity=key)
    return _state(run)


def claim(run_id: int) -> bool:
    """Take a run that nobody works on.

    A run without a heartbeat for two minutes counts as abandoned; after three such attempts it is given up.
    """
    now = timezone.now()
    free = Q(status__in=[RunStatus.QUEUED, RunStatus.FAILED, RunStatus.CANCELLED])
    abandoned = Q(status=RunStatus.RUNNING, heartbeat_at__lt=now - _STALE)
    Run.objects.filter(abandoned, pk=run_id, attempts__gte=_MAX_ATTEMPTS).update(
        status=RunStatus.FAILED,
        finished_at=now,
        error=f"given up: {_MAX_ATTEMPTS} attempts were started and never ended",
    )
    abandoned &= Q(attempts__lt=_MAX_ATTEMPTS)
    taken = Run.objects.filter(free | abandoned, pk=run_id).update(
        status=RunStatus.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        heartbeat_at=now,
        error="",
        progress_done=0,
        progress_total=0,
        finished_at=None,
    )
    return taken == 1


def beat(run_id: int, done: int, total: int) -> bool:
    """Write progress; False when the run was cancelled by somebody."""
    return bool(
        Run.objects.filter(pk=run_id, status=RunStatus.RUNNING).update(
            heartbeat_at=timezone.now(), progress_done=done, progress_total=total
        )
    )


def finish(run_id: int, request: Request[R], result: R) -> None:
    """Store the result, its rows and its trials, and mark the run as done: all in one transaction."""
    if not isinstance(result, Result | FrameResult):
        raise ComputationFailed(f"expected a result to store, received {type(result).__name__}")
    parts = encode_result(result)
    with transaction.atomic():
        run = Run.objects.get(pk=run_id)
        RunArtifact.objects.filter(run=run).delete()
        RunArtifact.objects.bulk_create(
            RunArtifact(
                run=run,
                name=name,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                n_bytes=len(content),
            )
            for name, content in parts.items()
        )
        request.write_rows(run, result)
        tried, best = request.trials(result)
        Trial.objects.filter(run=run).delete()
        if tried and request.hypothesis:
            Trial.objects.create(run=run, hypothesis=request.hypothesis[:200], n_combinations=tried, best_sharpe=best)
        done = Run.objects.filter(pk=run_id, status=RunStatus.RUNNING).update(
            status=RunStatus.DONE,
            finished_at=timezone.now(),
            summary=json_value({**request.headline(result), **_period(result)}),
            progress_done=F("progress_total"),
            error="",
        )
        if not done:
            raise Conflict(f"run {run_id} was cancelled or taken over while it was computing; nothing was stored")


def _period(result: Result | FrameResult) -> dict[str, str]:
    start, end = getattr(result, "start", None), getattr(result, "end", None)
    return {} if start is None or end is None else {"period": f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"}


def failed(run_id: int, message: str) -> None:
    _close(run_id, RunStatus.FAILED, message)


def cancelled(run_id: int, message: str) -> None:
    _close(run_id, RunStatus.CANCELLED, message)


def _close(run_id: int, status: RunStatus, message: str) -> None:
    Run.objects.filter(pk=run_id, status=RunStatus.RUNNING).update(
        status=status, finished_at=timezone.now(), error=message[:2000]
    )


def cancel(run_id: int) -> RunState:
    """Ask a queued or running run to stop; whoever computes it notices within a second."""
    open_states = [RunStatus.QUEUED, RunStatus.RUNNING]
    Run.objects.filter(pk=run_id, status__in=open_states).update(
        status=RunStatus.CANCELLED, finished_at=timezone.now(), error="cancelled on request"
    )
    return state(run_id)


def requeue(run_id: int) -> RunState:
    """Put a failed or cancelled run back into the queue; others stay as they are."""
    ended = [RunStatus.FAILED, RunStatus.CANCELLED]
    Run.objects.filter(pk=run_id, status__in=ended).update(status=RunStatus.QUEUED, error="", attempts=0)
    return state(run_id)


def state(run_id: int) -> RunState:
    return _state(_get(run_id))


def _get(run_id: int) -> Run:
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"there is no run {run_id}; `titan runs` lists them", run_id=run_id)
    return run


def load_request(run_id: int) -> Request[Any]:
    """The question of a run, as it was asked."""
    from services.requests import request_type

    run = _get(run_id)
    return request_type(Job(run.job)).from_dict(run.request)


def check_unchanged(run_id: int, request: Request[Any], panels: tuple[Panel, ...]) -> RunState:
    """Refuse to compute a queued run on other prices than those it was asked for."""
    run = _get(run_id)
    if run.data_fingerprint != data_fingerprint(panels) and run.status == RunStatus.QUEUED:
        message = "prices were revised between queueing and start; ask again"
        Run.objects.filter(pk=run_id, status=RunStatus.QUEUED).update(
            status=RunStatus.FAILED, finished_at=timezone.now(), error=message
        )
        raise Conflict(f"run {run_id}: {message}", run_id=run_id)
    return _state(run)


def load_result(run_id: int, request: Request[R]) -> R:
    """The stored result of a finished run, bit for bit."""
    run = _get(run_id)
    if run.status != RunStatus.DONE:
        raise Conflict(f"run {run_id} is {run.status}: {run.error or 'it has no result yet'}", run_id=run_id)
    parts = {part.name: bytes(part.content) for part in RunArtifact.objects.filter(run=run)}
    result: R = decode_result(request.result_type(), parts)  # type: ignore[type-var]
    return result
