"""The report gallery, and reports served from their folder by row only, each in a sandbox."""

from __future__ import annotations

import html
import re
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from django_site.trading.models import Report
from django_site.trading.pages.policy import page
from reports.files import check_output
from services.report_facts import headline_of, period_of, subject_of
from titan_research.errors import InvalidInput

__all__ = ["STRICT_POLICY", "gallery", "report"]

STRICT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
HEAD_BYTES = 65_536
MAX_CARDS = 200
_META = re.compile(rb"<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"<>]{1,8000})\">")
_SAFE = re.compile(r"[A-Za-z0-9 ;:'/+=_-]{1,8000}")


@require_GET
@page
def gallery(request: HttpRequest) -> HttpResponse:
    done = Report.objects.visible_to(request.user).done()
    kinds = list(done.order_by("name").values_list("name", flat=True).distinct())
    kind = request.GET.get("kind", "")
    found = done.filter(name=kind) if kind in kinds else done
    stale = set(done.stale().values_list("pk", flat=True))
    cards = [
        {
            "report": item,
            "stale": item.pk in stale,
            "subject": subject_of(item.run) if item.run else "its run is gone",
            "period": period_of(item.run) if item.run else "",
            "headline": headline_of(item.run) if item.run else {},
        }
        for item in found.newest_first().select_related("run")[:MAX_CARDS]
    ]
    return render(
        request,
        "trading/reports.html",
        {"cards": cards, "kinds": kinds, "kind": kind if kind in kinds else ""},
    )


@require_GET
@page
def report(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """The file of a finished report: its scripts run in a sandbox without our cookies."""
    shown = get_object_or_404(Report.objects.visible_to(request.user).done(), pk=report_id)
    file = _file(shown)
    response = FileResponse(file.open("rb"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        f"sandbox allow-scripts allow-modals allow-downloads; {_policy(file)}; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _file(shown: Report) -> Path:
    """The file of a row, directly in the folder of reports; any other path does not exist for us."""
    folder = Path(settings.TITAN["REPORTS"]).resolve()
    try:
        file = check_output(folder / shown.path)
    except (InvalidInput, ValueError) as error:
        raise Http404("this report has no file") from error
    if file.resolve().parent != folder or not file.is_file():
        raise Http404("this report has no file")
    return file


def _policy(file: Path) -> str:
    """The policy that the report states itself; without one, nothing may run."""
    with file.open("rb") as stream:
        found = _META.search(stream.read(HEAD_BYTES))
    stated = html.unescape(found.group(1).decode("ascii", "replace")) if found else ""
    return stated if _SAFE.fullmatch(stated) else STRICT_POLICY
