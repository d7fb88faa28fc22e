"""Read-only lists: what is traded and where its prices came from."""

from __future__ import annotations

from django_filters import CharFilter

from django_site.trading import models
from django_site.trading.api import rows
from django_site.trading.api.base import RowViews
from django_site.trading.api.filters import RowFilters, SymbolFilter

__all__ = ["BarSeriesViews", "CorporateActionViews", "IngestFileViews", "InstrumentViews"]

BOUNDS = ["gte", "lte"]


class InstrumentFilters(RowFilters):
    universe = CharFilter("memberships__universe__name", distinct=True, help_text="Members, past and present.")

    class Meta:
        model = models.Instrument
        fields = ("symbol", "sector", "exchange", "currency", "is_index")


class InstrumentViews(RowViews):
    """Securities and indices."""

    queryset = models.Instrument.objects.all()
    serializer_class = rows.InstrumentRow
    filterset_class = InstrumentFilters
    ordering_fields = ("id", "symbol", "sector", "listed_on")
    ordering = ("symbol",)


class BarSeriesFilters(RowFilters):
    class Meta:
        model = models.BarSeries
        fields = ("symbol", "interval")


class BarSeriesViews(RowViews):
    """The extent of the bars of each symbol."""

    queryset = models.BarSeries.objects.all()
    serializer_class = rows.BarSeriesRow
    filterset_class = BarSeriesFilters
    ordering_fields = ("id", "symbol", "n_bars", "first_time", "last_time")
    ordering = ("symbol", "interval")


class CorporateActionFilters(RowFilters):
    symbol = SymbolFilter("instrument__symbol")

    class Meta:
        model = models.CorporateAction
        fields = {"kind": ["exact"], "ex_date": BOUNDS}  # noqa: RUF012


class CorporateActionViews(RowViews):
    """Splits and dividends."""

    queryset = models.CorporateAction.objects.select_related("instrument")
    serializer_class = rows.CorporateActionRow
    filterset_class = CorporateActionFilters
    ordering_fields = ("id", "ex_date")
    ordering = ("-ex_date", "-id")


class IngestFileFilters(RowFilters):
    class Meta:
        model = models.IngestFile
        fields = ("source", "status", "sha256", "run")


class IngestFileViews(RowViews):
    """What was read from where, and what was refused."""

    owner = "run__owner"
    queryset = models.IngestFile.objects.all()
    serializer_class = rows.IngestFileRow
    filterset_class = IngestFileFilters
    ordering_fields = ("id", "started_at", "rows_rejected")
