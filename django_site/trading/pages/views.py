"""The pages: what is there, what runs, what came out. They show stored rows and compute nothing."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from django_site.trading.models import PairTest, RegimeModel, Report, Run, Signal, TradingPair
from django_site.trading.pages.policy import page
from services.report_facts import headline_of, period_of, run_facts
from services.run_history import RunService
from titan_research.types import Job, PairStatus, RunStatus, SignalAction, SignalStatus

__all__ = ["cancel", "home", "pairs", "run", "runs", "signals"]

PER_PAGE = 50
OPEN = (RunStatus.QUEUED.value, RunStatus.RUNNING.value)
QUIET_ACTIONS = (SignalAction.HOLD.value, SignalAction.STAY_OUT.value)


def _pages(request: HttpRequest, rows: QuerySet[Any]) -> Any:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _choice(request: HttpRequest, name: str, known: Any) -> str:
    """The chosen value, or "" when it is none of the known ones."""
    wish = request.GET.get(name, "")
    return wish if wish in {item.value for item in known} else ""


@require_GET
@page
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    mine = Run.objects.visible_to(user)
    in_force = Signal.objects.visible_to(user).active().with_legs().newest_first()
    reports = Report.objects.visible_to(user).done().newest_first()
    shown = list(reports[:6])
    stale = set(Report.objects.filter(pk__in=[item.pk for item in shown]).stale().values_list("pk", flat=True))
    return render(
        request,
        "trading/home.html",
        {
            "regimes": RegimeModel.objects.visible_to(user).current().order_by("symbol"),
            "n_pairs": TradingPair.objects.visible_to(user).active().count(),
            "n_signals": in_force.count(),
            "n_to_do": in_force.exclude(action__in=QUIET_ACTIONS).count(),
            "signals": in_force[:8],
            "n_open": mine.unfinished().count(),
            "n_failed": mine.filter(status=RunStatus.FAILED).count(),
            "runs": mine.without_documents().newest_first()[:8],
            "reports": [(report, report.pk in stale) for report in shown],
            "n_reports": reports.count(),
        },
    )


@require_GET
@page
def runs(request: HttpRequest) -> HttpResponse:
    job, status = _choice(request, "job", Job), _choice(request, "status", RunStatus)
    found = Run.objects.visible_to(request.user).without_documents().newest_first()
    if job:
        found = found.filter(job=job)
    if status:
        found = found.filter(status=status)
    return render(
        request,
        "trading/runs.html",
        {
            "page": _pages(request, found),
            "jobs": list(Job),
            "statuses": list(RunStatus),
            "job": job,
            "status": status,
        },
    )


@require_GET
@page
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    shown = get_object_or_404(Run.objects.visible_to(request.user), pk=run_id)
    best = []
    if shown.job == Job.SCAN:
        best = list(PairTest.objects.filter(run=shown).best_first()[:20])
    return render(
        request,
        "trading/run.html",
        {
            "run": shown,
            "is_open": shown.status in OPEN,
            "may_cancel": shown.status in OPEN and (request.user.is_staff or shown.owner_id == request.user.pk),
            "headline": headline_of(shown),
            "period": period_of(shown),
            "facts": {name: value for name, value in run_facts([shown]).items() if value and name != "Runs"},
            "request_text": json.dumps(shown.request, indent=2, sort_keys=True),
            "seconds": _seconds(shown),
            "artifacts": shown.artifacts.without_content().exclude(name="result").order_by("name"),
            "reports": Report.objects.visible_to(request.user).done().filter(run=shown).newest_first(),
            "best": best,
            "backtest": getattr(shown, "backtest", None) if shown.job == Job.BACKTEST else None,
            "walk": getattr(shown, "walk_forward", None) if shown.job == Job.WALK_FORWARD else None,
            "model": getattr(shown, "regime_model", None) if shown.job == Job.REGIME else None,
        },
    )


def _seconds(shown: Run) -> float | None:
    if shown.started_at is None:
        return None
    return ((shown.finished_at or timezone.now()) - shown.started_at).total_seconds()


@require_POST
@page
def cancel(request: HttpRequest, run_id: int) -> HttpResponseBase:
    shown = get_object_or_404(Run.objects.visible_to(request.user), pk=run_id)
    if not request.user.is_staff and shown.owner_id != request.user.pk:
        return HttpResponse("Shared runs are cancelled by staff only.", status=403, content_type="text/plain")
    RunService(owner_id=request.user.pk, source="api").cancel_sync(shown.pk)
    return redirect("run", run_id=shown.pk)


@require_GET
@page
def pairs(request: HttpRequest) -> HttpResponse:
    status = _choice(request, "status", PairStatus)
    found = TradingPair.objects.visible_to(request.user).select_related("y", "x", "parameters", "run")
    if status:
        found = found.filter(status=status)
    scans = Run.objects.visible_to(request.user).for_job(Job.SCAN.value).done().without_documents().newest_first()
    scan = scans.first()
    return render(
        request,
        "trading/pairs.html",
        {
            "page": _pages(request, found.order_by("y__symbol", "x__symbol")),
            "statuses": list(PairStatus),
            "status": status,
            "scan": scan,
            "best": PairTest.objects.filter(run=scan).tested().best_first()[:25] if scan else [],
        },
    )


@require_GET
@page
def signals(request: HttpRequest) -> HttpResponse:
    status = _choice(request, "status", SignalStatus)
    found = Signal.objects.visible_to(request.user).with_legs().newest_first()
    if status:
        found = found.filter(status=status)
    return render(
        request,
        "trading/signals.html",
        {"page": _pages(request, found), "statuses": list(SignalStatus), "status": status},
    )
