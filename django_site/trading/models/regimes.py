"""Regime models, the periods they published, and the shifts between them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from django_site.trading.models.columns import StrictJSONField, SymbolField, choices, one_of
from django_site.trading.models.runs import Run
from django_site.trading.querysets import MarketRegimeQuerySet, RegimeModelQuerySet, RegimeShiftQuerySet
from titan_research.types import RegimeModelKind

__all__ = ["MarketRegime", "RegimeModel", "RegimeShift"]


class RegimeModel(models.Model):
    """A fitted detector of one symbol; at most one per symbol and kind is current."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="regime_model")
    symbol = SymbolField()
    model = models.CharField(max_length=32, choices=choices(RegimeModelKind))
    n_regimes = models.PositiveIntegerField()
    parameters = StrictJSONField(default=dict)
    start = models.DateTimeField()
    end = models.DateTimeField()
    shifts_per_year = models.FloatField(null=True, blank=True)
    current_regime = models.CharField(max_length=16, blank=True, default="", help_text="Label of the last session.")
    is_current = models.BooleanField(default=False, help_text="Signals read this one.")

    objects = RegimeModelQuerySet.as_manager()

    class Meta:
        db_table = "regime_model"
        constraints = (
            models.UniqueConstraint(
                fields=["symbol", "model"], condition=Q(is_current=True), name="regime_model_one_is_current"
            ),
            models.CheckConstraint(condition=Q(n_regimes__gte=2), name="regime_model_n_regimes"),
            models.CheckConstraint(condition=Q(start__lte=F("end")), name="regime_model_starts_before_it_ends"),
            models.CheckConstraint(condition=one_of("model", RegimeModelKind), name="regime_model_kind"),
        )

    def __str__(self) -> str:
        return f"{self.symbol} {self.model}"


class MarketRegime(models.Model):
    """An unbroken stretch of sessions in one regime, labelled with what was known at each session."""

    model = models.ForeignKey(RegimeModel, on_delete=models.CASCADE, related_name="regimes")
    number = models.PositiveIntegerField()
    start = models.DateTimeField()
    end = models.DateTimeField()
    regime = models.CharField(max_length=16)
    bars = models.PositiveIntegerField()
    total_return = models.FloatField(null=True, blank=True)
    volatility = models.FloatField(null=True, blank=True, help_text="Annualized.")

    objects = MarketRegimeQuerySet.as_manager()

    class Meta:
        db_table = "market_regime"
        constraints = (
            models.UniqueConstraint(fields=["model", "number"], name="market_regime_number"),
            models.CheckConstraint(condition=Q(start__lte=F("end")), name="market_regime_starts_before_it_ends"),
            models.CheckConstraint(condition=Q(volatility__gte=0), name="market_regime_volatility"),
        )

    def __str__(self) -> str:
        return f"{self.regime} from {self.start:%Y-%m-%d}"


class RegimeShift(models.Model):
    """The session at which the published label changed."""

    model = models.ForeignKey(RegimeModel, on_delete=models.CASCADE, related_name="shifts")
    session = models.DateTimeField()
    from_regime = models.CharField(max_length=16)
    to_regime = models.CharField(max_length=16)
    probability = models.FloatField(null=True, blank=True)

    objects = RegimeShiftQuerySet.as_manager()

    class Meta:
        db_table = "regime_shift"
        constraints = (
            models.UniqueConstraint(fields=["model", "session"], name="regime_shift_session"),
            models.CheckConstraint(condition=~Q(from_regime=F("to_regime")), name="regime_shift_changes"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="regime_shift_probability"
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_regime} to {self.to_regime} on {self.session:%Y-%m-%d}"
