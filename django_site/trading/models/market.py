"""What is traded, and its bars."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from django_site.trading.models.columns import EpochField, SymbolField, choices, one_of
from django_site.trading.querysets import (
    BarSeriesQuerySet,
    CorporateActionQuerySet,
    InstrumentQuerySet,
    PriceBarQuerySet,
)
from titan_research.types import CorporateActionKind, Interval

__all__ = ["BarSeries", "CorporateAction", "Instrument", "PriceBar"]

LARGEST_PRICE = 1e15
LARGEST_VOLUME = 1e300


class Instrument(models.Model):
    """A security or an index, with its lifetime."""

    symbol = SymbolField(unique=True, help_text="Ticker in capitals, for example KO.")
    name = models.CharField(max_length=200, blank=True, default="")
    sector = models.CharField(max_length=100, blank=True, default="", db_index=True)
    exchange = models.CharField(max_length=32, blank=True, default="XNYS", help_text="Market identifier code.")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217 code.")
    listed_on = models.DateField(null=True, blank=True, help_text="First day of trading, if known.")
    delisted_on = models.DateField(null=True, blank=True, help_text="Last day of trading, if it is over.")
    is_index = models.BooleanField(default=False, help_text="An index cannot be a leg of a pair.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        db_table = "instrument"
        constraints = (
            models.CheckConstraint(condition=Q(symbol__is_symbol=True), name="instrument_symbol_is_symbol"),
            models.CheckConstraint(
                condition=Q(listed_on=None) | Q(delisted_on=None) | Q(delisted_on__gte=F("listed_on")),
                name="instrument_listed_before_delisted",
            ),
        )

    def __str__(self) -> str:
        return self.symbol


class BarSeries(models.Model):
    """The bars of one symbol at one interval: their extent, and a revision of their history."""

    symbol = SymbolField()
    interval = models.CharField(max_length=4, choices=choices(Interval), default=Interval.DAY.value)
    revision = models.BigIntegerField(default=0, help_text="Goes up when a bar that was already there changes.")
    first_time = EpochField(null=True, blank=True)
    last_time = EpochField(null=True, blank=True)
    n_bars = models.BigIntegerField(default=0)

    objects = BarSeriesQuerySet.as_manager()

    class Meta:
        db_table = "bar_series"
        verbose_name_plural = "bar series"
        constraints = (models.UniqueConstraint(fields=["symbol", "interval"], name="bar_series_symbol_interval"),)

    def __str__(self) -> str:
        return f"{self.symbol} {self.interval}"


class PriceBar(models.Model):
    """One raw bar; adjustment for splits and dividends happens on reading."""

    pk = models.CompositePrimaryKey("series_id", "time")
    series = models.ForeignKey(
        BarSeries, on_delete=models.CASCADE, related_name="bars", db_column="series_id", db_index=False
    )
    time = EpochField(help_text="Start of the bar in UTC; midnight for a session.")
    open = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    close = models.FloatField()
    volume = models.FloatField(null=True, blank=True)

    objects = PriceBarQuerySet.as_manager()

    class Meta:
        db_table = "price_bar"
        constraints = (
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{column}__gt": 0, f"{column}__lt": LARGEST_PRICE}),
                    name=f"price_bar_{column}",
                )
                for column in ("open", "high", "low", "close")
            ),
            models.CheckConstraint(condition=Q(volume__gte=0, volume__lt=LARGEST_VOLUME), name="price_bar_volume"),
            models.CheckConstraint(condition=Q(high__gte=F("low")), name="price_bar_high_low"),
            models.CheckConstraint(condition=Q(high__gte=F("close")), name="price_bar_high_close"),
            models.CheckConstraint(condition=Q(low__lte=F("close")), name="price_bar_low_close"),
        )

    def __str__(self) -> str:
        return f"{self.series_id} {self.time:%Y-%m-%d %H:%M} {self.close}"


class CorporateAction(models.Model):
    """A split or a dividend, kept beside the raw bars."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="corporate_actions")
    ex_date = models.DateField(help_text="First session that trades without it.")
    kind = models.CharField(max_length=16, choices=choices(CorporateActionKind))
    value = models.FloatField(help_text="New shares per old share, or cash per share.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CorporateActionQuerySet.as_manager()

    class Meta:
        db_table = "corporate_action"
        constraints = (
            models.UniqueConstraint(fields=["instrument", "ex_date", "kind"], name="corporate_action_once_a_day"),
            models.CheckConstraint(condition=Q(value__gt=0, value__lt=LARGEST_PRICE), name="corporate_action_value"),
            models.CheckConstraint(condition=one_of("kind", CorporateActionKind), name="corporate_action_kind"),
        )

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind} {self.ex_date}"
