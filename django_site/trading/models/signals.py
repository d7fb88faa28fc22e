"""What was recommended, for which session, knowing what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from django_site.trading.models.columns import choices, one_of
from django_site.trading.models.pairs import TradingPair
from django_site.trading.models.runs import Run
from django_site.trading.querysets import SignalQuerySet
from titan_research.types import SignalAction, SignalStatus

__all__ = ["Signal"]

SIGNAL_STATUSES = choices(SignalStatus)
POSITIONS = [(-1, "short the spread"), (0, "flat"), (1, "long the spread")]


class Signal(models.Model):
    """The recommendation for one pair as of one session."""

    pair = models.ForeignKey(TradingPair, on_delete=models.CASCADE, related_name="signals")
    session = models.DateTimeField(db_index=True, help_text="The session whose close it was decided on.")
    parameters_fingerprint = models.CharField(max_length=64)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="signals")
    as_of = models.DateTimeField(help_text="Nothing later was known.")
    action = models.CharField(max_length=16, choices=choices(SignalAction))
    position = models.SmallIntegerField(choices=POSITIONS)
    previous_position = models.SmallIntegerField(choices=POSITIONS, default=0)
    zscore = models.FloatField(null=True, blank=True)
    spread = models.FloatField(null=True, blank=True)
    hedge_ratio = models.FloatField(null=True, blank=True)
    intercept = models.FloatField(null=True, blank=True)
    weight_y = models.FloatField(null=True, blank=True, help_text="Fraction of capital in y, signed.")
    weight_x = models.FloatField(null=True, blank=True, help_text="Fraction of capital in x, signed.")
    strength = models.FloatField(null=True, blank=True)
    regime = models.CharField(max_length=16, blank=True, default="")
    size_multiplier = models.FloatField(default=1.0)
    reason = models.TextField(blank=True, default="")
    status = models.CharField(max_length=16, choices=SIGNAL_STATUSES, default=SignalStatus.ACTIVE.value, db_index=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="signals"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        db_table = "signal"
        constraints = (
            models.UniqueConstraint(
                fields=["pair", "session", "parameters_fingerprint"], name="signal_pair_session_parameters"
            ),
            models.CheckConstraint(condition=Q(position__in=[-1, 0, 1]), name="signal_position"),
            models.CheckConstraint(condition=Q(previous_position__in=[-1, 0, 1]), name="signal_previous_position"),
            models.CheckConstraint(condition=Q(size_multiplier__gte=0), name="signal_size_multiplier"),
            models.CheckConstraint(condition=one_of("action", SignalAction), name="signal_action"),
            models.CheckConstraint(condition=one_of("status", SignalStatus), name="signal_status"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.pair_id} on {self.session:%Y-%m-%d}"
