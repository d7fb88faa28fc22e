"""ReportService: render stored runs into HTML reports, list them, keep the gallery."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from django.conf import settings
from django.utils import timezone

from django_site.trading.models import Report, Run
from reports.files import output_path
from reports.gallery import GalleryEntry, write_gallery
from reports.parameters import TEMPLATES, template_parameters, template_path
from reports.render import render
from services import runs
from services.base import BaseService, Watcher, operation, sync_wrap
from services.progress import Progress
from services.report_facts import headline_of, period_of, run_facts, subject_of
from services.translation import queryset_frame
from titan_research.errors import Conflict, NotFound, TitanError
from titan_research.results import Result
from titan_research.types import RunStatus

__all__ = ["ReportResult", "ReportService"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult(Result):
    """Where a report is. ``reused``: the same template, parameters and runs were rendered before."""

    report_id: int
    name: str
    heading: str
    path: str
    sha256: str
    reused: bool


class ReportService(BaseService):
    """Reports show stored results and never compute: papermill on a template, published only when every cell ran."""

    @operation
    async def templates(self) -> pd.DataFrame:
        """The report templates and their parameters: template, parameter, type, default, help."""
        return _templates_frame()

    @operation
    async def render(
        self,
        name: str,
        inputs: Mapping[str, int],
        *,
        title: str | None = None,
        force: bool = False,
        progress: Watcher = None,
    ) -> ReportResult:
        """Render one report.

        Parameters
        ----------
        name : template: ``regime``, ``walk_forward``, ``pair`` or ``scan``
        inputs : the runs it shows, by parameter of the template, for example ``{"run_id": 12}``
        force : render again although the same report is there
        progress : called with (cells done, cells in all)
        """
        prepared = await self._db(_prepare, name, dict(inputs), title)
        if prepared.existing is not None and not force:
            return prepared.existing
        target = output_path(
            settings.TITAN["REPORTS"], name, re.sub(r"[^A-Za-z0-9]+", "-", prepared.subject), prepared.identity[:8]
        )
        await self._db(_begin, prepared)
        try:
            rendered = await self._cpu(
                lambda report: render(
                    name,
                    target,
                    prepared.parameters,
                    title=prepared.title,
                    facts=prepared.facts,
                    on_progress=report,
                ),
                Progress(progress),
            )
        except TitanError:
            await self._db(_fail, prepared.identity)
            raise
        result = await self._db(_publish, prepared, rendered.html, rendered.sha256, rendered.seconds)
        await self.gallery()
        return result

    @operation
    async def list_reports(self) -> pd.DataFrame:
        """Rendered reports, newest first; ``stale`` when a run they show was answered differently by later data."""
        return await self._db(_reports_frame)

    @operation
    async def gallery(self) -> str:
        """Write the index page of all reports and return its path."""
        entries = await self._db(_gallery_entries)
        path = await self._cpu(lambda _: write_gallery(settings.TITAN["REPORTS"], entries), Progress())
        return str(path)

    templates_sync = sync_wrap(templates)
    render_sync = sync_wrap(render)
    list_reports_sync = sync_wrap(list_reports)
    gallery_sync = sync_wrap(gallery)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    name: str
    title: str
    subject: str
    identity: str
    parameters: dict[str, Any]
    facts: dict[str, str]
    run_ids: list[int]
    existing: ReportResult | None


def _templates_frame() -> pd.DataFrame:
    rows = [
        {
            "template": path.stem,
            "parameter": item.name,
            "type": item.declared,
            "default": str(item.default),
            "help": item.help,
        }
        for path in sorted(TEMPLATES.glob("*.ipynb"))
        for item in template_parameters(path).values()
    ]
    return pd.DataFrame(rows)


@functools.lru_cache(maxsize=1)
def _presentation() -> str:
    """A hash of everything that decides how a report looks."""
    import reports
    from titan_research import plotting

    digest = hashlib.sha256()
    for package in (reports, plotting):
        root = Path(str(package.__file__)).parent
        for path in sorted(item for item in root.rglob("*") if item.suffix in {".py", ".css", ".js", ".j2", ".json"}):
            if "output" not in path.relative_to(root).parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _prepare(name: str, inputs: dict[str, int], title: str | None) -> _Prepared:
    template = template_path(name)
    found = {run.pk: run for run in Run.objects.filter(pk__in=[run_id for run_id in inputs.values() if run_id])}
    for parameter, run_id in inputs.items():
        run = found.get(run_id)
        if run is None and run_id:
            raise NotFound(f"{parameter}: there is no run {run_id}; `titan runs` lists them", run_id=run_id)
        if run is not None and run.status != RunStatus.DONE:
            raise Conflict(
                f"{parameter}: run {run_id} is {run.status}; a report shows finished runs only", run_id=run_id
            )
    shown = [found[run_id] for run_id in inputs.values() if run_id]
    if not shown:
        raise NotFound(f"report {name}: give at least one run, for example run_id=12")
    content = [
        name,
        template.read_text(encoding="utf-8"),
        {key: found[value].identity for key, value in inputs.items() if value},
    ]
    content += [_presentation(), runs.code_version().fingerprint]
    identity = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    report = Report.objects.filter(identity=identity, status=RunStatus.DONE).first()
    existing = None
    if report is not None and (Path(settings.TITAN["REPORTS"]) / report.path).is_file():
        existing = _result(report, reused=True)
    return _Prepared(
        name=name,
        title=title or shown[0].title,
        subject=subject_of(shown[0]),
        identity=identity,
        parameters=dict(inputs),
        facts=run_facts(shown),
        run_ids=[run.pk for run in shown],
        existing=existing,
    )


def _begin(prepared: _Prepared) -> None:
    Report.objects.update_or_create(
        identity=prepared.identity,
        defaults={
            "name": prepared.name,
            "title": prepared.title[:200],
            "parameters": prepared.parameters,
            "inputs": prepared.run_ids,
            "run_id": prepared.run_ids[0],
            "status": RunStatus.RUNNING,
        },
    )


def _fail(identity: str) -> None:
    Report.objects.filter(identity=identity).update(status=RunStatus.FAILED)


def _publish(prepared: _Prepared, path: Path, sha256: str, seconds: float) -> ReportResult:
    Report.objects.filter(identity=prepared.identity).update(
        status=RunStatus.DONE, path=path.name, sha256=sha256, seconds=round(seconds, 3)
    )
    return _result(Report.objects.get(identity=prepared.identity), reused=False)


def _result(report: Report, *, reused: bool) -> ReportResult:
    return ReportResult(
        report_id=report.pk,
        name=report.name,
        heading=report.title,
        path=str(Path(settings.TITAN["REPORTS"]) / report.path),
        sha256=report.sha256,
        reused=reused,
    )


def _reports_frame() -> pd.DataFrame:
    done = Report.objects.done()
    stale = set(done.stale().values_list("pk", flat=True))
    frame = queryset_frame(done.newest_first(), ("id", "name", "title", "path", "created_at", "seconds"))
    frame["stale"] = [report_id in stale for report_id in frame["id"]]
    return frame


def _gallery_entries() -> list[GalleryEntry]:
    folder = Path(settings.TITAN["REPORTS"])
    done = Report.objects.done()
    stale = set(done.stale().values_list("pk", flat=True))
    entries = []
    for report in done.newest_first().select_related("run"):
        if report.run is None or not (folder / report.path).is_file():
            continue
        entries.append(
            GalleryEntry(
                file=report.path,
                title=report.title,
                kind=report.name,
                subject=subject_of(report.run),
                period=period_of(report.run),
                date=_day(report.created_at),
                headline=headline_of(report.run),
                stale=report.pk in stale,
            )
        )
    return entries


def _day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d")
