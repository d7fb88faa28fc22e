"""The run ledger over HTTP: watch, read the result, cancel."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from django_site.trading import models
from django_site.trading.api.base import RowViews
from django_site.trading.api.filters import RowFilters, refuse_unknown
from django_site.trading.api.pagination import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, bounded_number
from django_site.trading.api.rows import RunListRow, RunRow
from services.run_history import RunService
from titan_research.errors import NotFound
from titan_research.results import json_value

__all__ = ["RunViews"]


class RunFilters(RowFilters):
    class Meta:
        model = models.Run
        fields = {  # noqa: RUF012
            "job": ["exact"], "status": ["exact"], "source": ["exact"], "data_fingerprint": ["exact"],
            "created_at": ["gte", "lte"],
        }  # fmt: skip


class RunViews(RowViews):
    """Runs: what was asked, how far it is, what came out. DELETE cancels; nothing is deleted."""

    owner = "owner"
    queryset = models.Run.objects.all()
    filterset_class = RunFilters
    ordering_fields = ("id", "created_at", "started_at", "finished_at", "job", "status")

    def get_serializer_class(self) -> Any:
        return RunListRow if self.action == "list" else RunRow

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if self.action != "list":
            return rows
        return rows.defer("request", "parameters", "package_versions", "certificate")

    @extend_schema(responses={202: RunRow})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        run = self.get_object()
        RunService(owner_id=request.user.pk, source="api").cancel_sync(run.pk)
        run.refresh_from_db()
        return Response(self.get_serializer(run).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "part",
                str,
                description="A table of the result; without it the numbers and the list of tables.",
            ),
            OpenApiParameter("limit", int, description=f"Rows of the table, at most {MAX_LIMIT}."),
            OpenApiParameter("offset", int, description="Rows to leave out at the start."),
        ],
        responses={200: dict},
        filters=False,
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def result(self, request: Request, pk: str | None = None) -> Response:
        """The stored result: its numbers and the list of its tables, or one table with ``?part=name``."""
        refuse_unknown(request, {"part"}, paging=frozenset({"limit", "offset"}))
        run = self.get_object()
        stored = RunService(source="api").load_sync(run.pk)
        tables = {
            field.name: getattr(stored, field.name)
            for field in dataclasses.fields(stored)
            if isinstance(getattr(stored, field.name), pd.DataFrame | pd.Series)
        }
        part = request.query_params.get("part")
        if part is None:
            numbers = {
                field.name: json_value(getattr(stored, field.name))
                for field in dataclasses.fields(stored)
                if field.name not in tables
            }
            url = request.build_absolute_uri(request.path)
            parts = {
                name: {"n_rows": len(table), "columns": _columns(table), "url": f"{url}?part={name}"}
                for name, table in tables.items()
            }
            return Response({"run": run.pk, "job": run.job, "result": numbers, "parts": parts})
        if part not in tables:
            raise NotFound(f"run {run.pk} has no table {part[:40]!r}; it has {', '.join(tables) or 'none'}")
        limit = bounded_number(request, "limit", default=DEFAULT_LIMIT, low=1, high=MAX_LIMIT)
        offset = bounded_number(request, "offset", default=0, low=0, high=MAX_OFFSET)
        table = tables[part]
        rows = _flat(table.iloc[offset : offset + limit])
        return Response(
            {
                "run": run.pk,
                "part": part,
                "n_rows": len(table),
                "offset": offset,
                "columns": list(rows.columns),
                "rows": json_value(rows),
            }
        )


def _flat(table: pd.DataFrame | pd.Series) -> pd.DataFrame:
    frame = table.to_frame(table.name or "value") if isinstance(table, pd.Series) else table
    return frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()


def _columns(table: pd.DataFrame | pd.Series) -> list[str]:
    return [str(name) for name in _flat(table.iloc[:0]).columns]
