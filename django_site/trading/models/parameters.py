"""Parameters under a name, frozen by their fingerprint."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from django_site.trading.models.columns import StrictJSONField, SymbolField, choices, one_of
from django_site.trading.models.runs import Run
from django_site.trading.querysets import ParameterSetQuerySet
from titan_research.types import ParameterKind, RegimeLabel

__all__ = ["ParameterSet"]


class ParameterSet(models.Model):
    """A set of parameters that somebody chose or a run selected, for a pair or a regime if it says so."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=choices(ParameterKind))
    values = StrictJSONField(default=dict)
    fingerprint = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of kind and values.")
    regime = models.CharField(max_length=16, choices=choices(RegimeLabel), null=True, blank=True)
    y = SymbolField(null=True, blank=True)
    x = SymbolField(null=True, blank=True)
    run = models.ForeignKey(
        Run,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="parameter_sets",
        help_text="The run that selected it.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="parameter_sets",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ParameterSetQuerySet.as_manager()

    class Meta:
        db_table = "parameter_set"
        constraints = (
            models.UniqueConstraint(fields=["kind", "fingerprint", "name"], name="parameter_set_kind_fingerprint_name"),
            models.CheckConstraint(condition=one_of("kind", ParameterKind), name="parameter_set_kind"),
            models.CheckConstraint(
                condition=Q(y=None, x=None) | Q(y__isnull=False, x__isnull=False) & ~Q(y=F("x")),
                name="parameter_set_pair_has_two_legs",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"
