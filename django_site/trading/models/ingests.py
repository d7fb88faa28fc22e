"""The ledger of the files and requests that bars came from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from django_site.trading.models.columns import StrictJSONField, choices, one_of
from django_site.trading.querysets import IngestFileQuerySet
from titan_research.types import IngestStatus, Interval

__all__ = ["IngestFile"]

INGEST_STATUSES = choices(IngestStatus)


class IngestFile(models.Model):
    """The ledger of what was read from where, and what was refused."""

    source = models.CharField(max_length=32, help_text="csv, parquet, yahoo or sample.")
    name = models.CharField(max_length=255, help_text="File name or request, without folders.")
    sha256 = models.CharField(max_length=64, db_index=True, help_text="Hash of the content that was read.")
    interval = models.CharField(max_length=4, choices=choices(Interval), default=Interval.DAY.value)
    rows_read = models.BigIntegerField(default=0)
    rows_kept = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    n_inserted = models.BigIntegerField(default=0, help_text="Bars that were new.")
    n_changed = models.BigIntegerField(default=0, help_text="Bars whose values differed from the stored ones.")
    status = models.CharField(max_length=16, choices=INGEST_STATUSES, default=IngestStatus.RUNNING.value)
    rejected = StrictJSONField(default=list, blank=True, help_text="The first rejected rows: line, reason, content.")
    error = models.TextField(blank=True, default="")
    run = models.ForeignKey(
        "trading.Run", null=True, blank=True, on_delete=models.SET_NULL, related_name="ingest_files"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = IngestFileQuerySet.as_manager()

    class Meta:
        db_table = "ingest_file"
        constraints = (
            models.CheckConstraint(condition=one_of("status", IngestStatus), name="ingest_file_status"),
            models.CheckConstraint(
                condition=Q(
                    rows_read__gte=0,
                    rows_kept__gte=0,
                    rows_rejected__gte=0,
                    n_inserted__gte=0,
                    n_changed__gte=0,
                ),
                name="ingest_file_counts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.name}"
