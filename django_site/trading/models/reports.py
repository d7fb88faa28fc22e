"""Rendered reports and the runs they show."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from django_site.trading.models.columns import StrictJSONField, one_of
from django_site.trading.models.runs import RUN_STATUSES, Run
from django_site.trading.querysets import ReportQuerySet
from titan_research.types import RunStatus

__all__ = ["Report"]


class Report(models.Model):
    """One HTML file; ``identity`` hashes template, parameters and inputs."""

    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    name = models.CharField(max_length=64, db_index=True, help_text="The template.")
    title = models.CharField(max_length=200, blank=True, default="")
    parameters = StrictJSONField(default=dict, blank=True)
    identity = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=255, blank=True, default="", help_text="Relative to the folder of reports.")
    thumbnail = models.CharField(max_length=255, blank=True, default="", help_text="Relative to the folder of reports.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    inputs = StrictJSONField(default=list, blank=True, help_text="Ids of the runs whose results it shows.")
    status = models.CharField(max_length=16, choices=RUN_STATUSES, default=RunStatus.DONE.value, db_index=True)
    seconds = models.FloatField(null=True, blank=True, help_text="Time that rendering took.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        db_table = "report"
        constraints = (
            models.CheckConstraint(condition=one_of("status", RunStatus), name="report_status"),
            models.CheckConstraint(condition=Q(seconds__gte=0), name="report_seconds"),
            models.CheckConstraint(condition=~Q(identity=""), name="report_identity_not_empty"),
        )

    def __str__(self) -> str:
        return self.title or self.name
