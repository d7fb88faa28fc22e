"""Named sets of instruments, as they were on any day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from django_site.trading.models.market import Instrument
from django_site.trading.querysets import UniverseMembershipQuerySet, UniverseQuerySet

__all__ = ["Universe", "UniverseMembership"]


class Universe(models.Model):
    """A named set of instruments whose members change over time."""

    name = models.SlugField(max_length=64, unique=True)
    description = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UniverseQuerySet.as_manager()

    class Meta:
        db_table = "universe"

    def __str__(self) -> str:
        return self.name


class UniverseMembership(models.Model):
    """One stay of an instrument in a universe."""

    universe = models.ForeignKey(Universe, on_delete=models.CASCADE, related_name="memberships")
    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="memberships")
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True, help_text="Last day of membership; empty while it lasts.")

    objects = UniverseMembershipQuerySet.as_manager()

    class Meta:
        db_table = "universe_membership"
        constraints = (
            models.UniqueConstraint(fields=["universe", "instrument", "start_on"], name="universe_membership_start"),
            models.CheckConstraint(
                condition=Q(end_on=None) | Q(end_on__gte=F("start_on")),
                name="universe_membership_ends_after_start",
            ),
        )

    def __str__(self) -> str:
        return f"{self.universe_id}: {self.instrument_id} from {self.start_on}"
