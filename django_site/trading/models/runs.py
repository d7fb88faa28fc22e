"""The ledgers: what was computed from what, and how often something was tried."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from django_site.trading.models.columns import StrictJSONField, choices, one_of
from django_site.trading.querysets import RunArtifactQuerySet, RunQuerySet, TrialQuerySet
from titan_research.types import Door, Job, RunStatus

__all__ = ["Run", "RunArtifact", "Trial"]

RUN_STATUSES = choices(RunStatus)


class Run(models.Model):
    """One piece of work; ``identity`` hashes job, parameters, data and code: one question, one row."""

    identity = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of job, parameters, data fingerprint and code version."
    )
    job = models.CharField(max_length=32, choices=choices(Job), db_index=True)
    title = models.CharField(max_length=200, blank=True, default="", help_text="One line for people.")
    request = StrictJSONField(default=dict, blank=True, help_text="What was asked, as it was asked.")
    parameters = StrictJSONField(default=dict, blank=True, help_text="Every parameter that the result depends on.")
    data_fingerprint = models.CharField(max_length=64, blank=True, default="", db_index=True)
    snapshot = models.CharField(max_length=255, blank=True, default="", help_text="The pinned snapshot of the data.")
    code_version = models.CharField(max_length=64, blank=True, default="", help_text="Git commit or package version.")
    code_dirty = models.BooleanField(default=False, help_text="The working tree had changes.")
    package_versions = StrictJSONField(default=dict, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=RUN_STATUSES, default=RunStatus.QUEUED.value, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    progress_done = models.BigIntegerField(default=0, help_text="Units of work that are finished.")
    progress_total = models.BigIntegerField(default=0, help_text="Units of work in all; 0 while unknown.")
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="Last sign of life of the worker.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    summary = StrictJSONField(default=dict, blank=True, help_text="The headline numbers.")
    certificate = StrictJSONField(null=True, blank=True, help_text="The proof of absence of look-ahead.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    source = models.CharField(max_length=16, choices=choices(Door), default=Door.SCRIPT.value)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        db_table = "run"
        indexes = (models.Index(fields=["status", "heartbeat_at"], name="run_status_heartbeat"),)
        constraints = (
            models.CheckConstraint(condition=one_of("status", RunStatus), name="run_status"),
            models.CheckConstraint(condition=one_of("source", Door), name="run_source"),
            models.CheckConstraint(condition=~Q(identity=""), name="run_identity_not_empty"),
            models.CheckConstraint(condition=Q(progress_done__gte=0, progress_total__gte=0), name="run_progress"),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="run_starts_before_it_finishes",
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk} {self.job}"


class RunArtifact(models.Model):
    """A part of a result that does not fit columns: a frame, an equity curve."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=64)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    n_bytes = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RunArtifactQuerySet.as_manager()

    class Meta:
        db_table = "run_artifact"
        constraints = (models.UniqueConstraint(fields=["run", "name"], name="run_artifact_name"),)

    def __str__(self) -> str:
        return f"{self.name} of run {self.run_id}"


class Trial(models.Model):
    """Combinations that were evaluated against one hypothesis; every one of them counts."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="trials")
    hypothesis = models.CharField(max_length=100, db_index=True, help_text="What was tried, for example KO/PEP.")
    n_combinations = models.PositiveIntegerField()
    best_sharpe = models.FloatField(null=True, blank=True, help_text="Annualized Sharpe ratio of the best one.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        db_table = "trial"
        constraints = (
            models.UniqueConstraint(fields=["run", "hypothesis"], name="trial_run_hypothesis"),
            models.CheckConstraint(condition=Q(n_combinations__gt=0), name="trial_n_combinations"),
        )

    def __str__(self) -> str:
        return f"{self.hypothesis}: {self.n_combinations}"
