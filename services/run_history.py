"""RunService: the ledger of runs as a user sees it: list, show, load, execute, cancel, reproduce."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pandas as pd
from django.conf import settings
from django.db.models import Sum

from django_site.trading.models import Run, Trial
from services import runs
from services.base import BaseService, Watcher, operation, sync_wrap
from services.codec import encode_result
from services.progress import Progress
from services.requests.audit import AuditRequest
from services.translation import queryset_frame
from titan_research.errors import Conflict, NotFound
from titan_research.panel import Panel
from titan_research.results import FrameResult, json_value
from titan_research.store.snapshots import SnapshotStore
from titan_research.types import Job, RunStatus

if TYPE_CHECKING:
    from titan_research.causality import CertificateResult

__all__ = ["Reproduction", "RunService"]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Reproduction(FrameResult):
    """A run computed again on its pinned prices, and what its prices are today.

    ``identical``: every bit of the result is the same. ``changed_rows``: bars that were revised since.
    """

    run_id: int
    question: str
    identical: bool
    same_code: bool
    n_changed: int
    differences: str
    changed_rows: pd.DataFrame
    headline: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The headline numbers: as stored, on the pinned prices, on today's prices."""
        return self.headline


class RunService(BaseService):
    """Runs: what was computed, from what, by whom, and whether it still comes out the same."""

    @operation
    async def list_runs(
        self, *, job: Job | str | None = None, status: RunStatus | str | None = None, limit: int = 50
    ) -> pd.DataFrame:
        """Runs, newest first."""
        return await self._db(_runs_frame, Job(job) if job else None, RunStatus(status) if status else None, limit)

    @operation
    async def show(self, run_id: int) -> dict[str, Any]:
        """Everything about one run: question, data, code, status, headline."""
        return await self._db(_describe, run_id)

    @operation
    async def load(self, run_id: int) -> Any:
        """The stored result of a run, bit for bit."""
        request = await self._db(runs.load_request, run_id)
        return await self._db(runs.load_result, run_id, request)

    @operation
    async def execute(self, run_id: int, *, progress: Watcher = None) -> runs.RunState:
        """Work off a queued run; does nothing when it is finished, cancelled or in other hands."""
        return await self._execute(run_id, progress)

    @operation
    async def cancel(self, run_id: int) -> runs.RunState:
        """Stop a queued or running run within about a second."""
        return await self._db(runs.cancel, run_id)

    @operation
    async def trials(self) -> pd.DataFrame:
        """How many combinations were ever tried against each hypothesis, over all users and days."""
        return await self._db(_trials_frame)

    @operation
    async def audit(self, *, seed: int = 7, progress: Watcher = None) -> CertificateResult:
        """Prove the absence of look-ahead: every causal function and every pipeline, the future cut off and garbled."""
        return await self._perform(AuditRequest(random_seed=seed), progress)

    @operation
    async def reproduce(self, run_id: int, *, progress: Watcher = None) -> Reproduction:
        """Compute a finished run again on its pinned prices, and once more on today's if they were revised."""
        request = await self._db(runs.load_request, run_id)
        facts = await self._db(_describe, run_id)
        stored = await self._db(runs.load_result, run_id, request)
        store = SnapshotStore(settings.TITAN["SNAPSHOTS"])
        pinned = tuple(store.load(fingerprint) for fingerprint in facts["snapshot"].split("|") if fingerprint)
        again = await self._cpu(lambda report: request.compute(pinned, report), Progress(progress))
        current = await self._panels(request.needs())
        changed = _changed_rows(pinned, current)
        headline = {"stored": request.headline(stored), "reproduced": request.headline(again)}
        if len(changed):
            today = await self._cpu(lambda report: request.compute(current, report), Progress(progress))
            headline["today's prices"] = request.headline(today)
        before, after = encode_result(stored), encode_result(again)
        different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        return Reproduction(
            run_id=run_id,
            question=request.title,
            identical=not different,
            same_code=facts["code_version"] == str(runs.code_version()),
            n_changed=len(changed),
            differences=", ".join(different),
            changed_rows=changed,
            headline=pd.DataFrame({door: json_value(values) for door, values in headline.items()}),
        )

    list_runs_sync = sync_wrap(list_runs)
    show_sync = sync_wrap(show)
    load_sync = sync_wrap(load)
    execute_sync = sync_wrap(execute)
    cancel_sync = sync_wrap(cancel)
    trials_sync = sync_wrap(trials)
    audit_sync = sync_wrap(audit)
    reproduce_sync = sync_wrap(reproduce)


def _runs_frame(job: Job | None, status: RunStatus | None, limit: int) -> pd.DataFrame:
    chosen = Run.objects.order_by("-pk")
    if job:
        chosen = chosen.filter(job=job)
    if status:
        chosen = chosen.filter(status=status)
    columns = ("id", "job", "title", "status", "source", "created_at", "started_at", "finished_at")
    return queryset_frame(chosen[:limit], columns)


def _describe(run_id: int) -> dict[str, Any]:
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"there is no run {run_id}; `titan runs` lists them", run_id=run_id)
    if run.status == RunStatus.QUEUED and not run.request:
        raise Conflict(f"run {run_id} has no request")
    names = (
        "id", "identity", "job", "title", "status", "request", "summary", "data_fingerprint", "snapshot",
        "code_version", "code_dirty", "package_versions", "seed", "source", "attempts", "progress_done",
        "progress_total", "error", "certificate", "created_at", "started_at", "finished_at",
    )  # fmt: skip
    facts = {name: getattr(run, name) for name in names}
    facts["trials"] = Trial.objects.filter(run=run).aggregate(total=Sum("n_combinations"))["total"] or 0
    return facts


def _trials_frame() -> pd.DataFrame:
    rows = Trial.objects.values("hypothesis").annotate(n_combinations=Sum("n_combinations")).order_by("-n_combinations")
    return pd.DataFrame(list(rows), columns=["hypothesis", "n_combinations"])


def _changed_rows(pinned: tuple[Panel, ...], current: tuple[Panel, ...]) -> pd.DataFrame:
    """Bars that differ between the prices of a run and those of today: symbol, session, field, before, after."""
    rows = []
    for old, new in zip(pinned, current, strict=True):
        before, after = old.to_frame().align(new.to_frame(), join="outer")
        differs = (before != after) & ~(before.isna() & after.isna())
        rows += [
            (symbol, session, old.field.value, before.at[session, symbol], after.at[session, symbol])
            for symbol in before.columns
            for session in before.index[differs[symbol]]
        ]
    return pd.DataFrame(rows, columns=["symbol", "session", "field", "before", "after"])
