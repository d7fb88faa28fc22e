"""Rows as JSON: what is traded, what was computed, what was found."""

from __future__ import annotations

from django.db.models import Model
from rest_framework import serializers

from django_site.trading import models
from django_site.trading.api.fields import RowSerializer

__all__ = [
    "BacktestRow",
    "BacktestTradeRow",
    "BarSeriesRow",
    "CorporateActionRow",
    "IngestFileRow",
    "InstrumentRow",
    "MarketRegimeRow",
    "PairStabilityRow",
    "PairTestRow",
    "RegimeModelRow",
    "RegimeShiftRow",
    "ReportRow",
    "RunArtifactRow",
    "RunListRow",
    "RunRow",
    "SignalRow",
    "TrialRow",
    "WalkForwardFoldRow",
    "WalkForwardRow",
]


def columns(model: type[Model], *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Every column of a table in its order."""
    return tuple(field.name for field in model._meta.concrete_fields if field.name not in without)


class InstrumentRow(RowSerializer):
    class Meta:
        model = models.Instrument
        fields = columns(models.Instrument)


class BarSeriesRow(RowSerializer):
    class Meta:
        model = models.BarSeries
        fields = columns(models.BarSeries)


class CorporateActionRow(RowSerializer):
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)

    class Meta:
        model = models.CorporateAction
        fields = ("id", "symbol", *columns(models.CorporateAction, without=("id", "instrument")))


class IngestFileRow(RowSerializer):
    class Meta:
        model = models.IngestFile
        fields = columns(models.IngestFile)


class RunListRow(RowSerializer):
    class Meta:
        model = models.Run
        fields = columns(
            models.Run,
            without=("request", "parameters", "package_versions", "certificate", "snapshot", "identity"),
        )


class RunRow(RowSerializer):
    class Meta:
        model = models.Run
        fields = columns(models.Run)


class RunArtifactRow(RowSerializer):
    class Meta:
        model = models.RunArtifact
        fields = columns(models.RunArtifact, without=("content",))


class TrialRow(RowSerializer):
    class Meta:
        model = models.Trial
        fields = columns(models.Trial)


class PairTestRow(RowSerializer):
    class Meta:
        model = models.PairTest
        fields = columns(models.PairTest)


class PairStabilityRow(RowSerializer):
    class Meta:
        model = models.PairStability
        fields = columns(models.PairStability)


class BacktestRow(RowSerializer):
    class Meta:
        model = models.Backtest
        fields = columns(models.Backtest)


class BacktestTradeRow(RowSerializer):
    class Meta:
        model = models.BacktestTrade
        fields = columns(models.BacktestTrade)


class WalkForwardRow(RowSerializer):
    class Meta:
        model = models.WalkForward
        fields = columns(models.WalkForward)


class WalkForwardFoldRow(RowSerializer):
    class Meta:
        model = models.WalkForwardFold
        fields = columns(models.WalkForwardFold)


class RegimeModelRow(RowSerializer):
    class Meta:
        model = models.RegimeModel
        fields = columns(models.RegimeModel)


class MarketRegimeRow(RowSerializer):
    symbol = serializers.CharField(source="model.symbol", read_only=True)

    class Meta:
        model = models.MarketRegime
        fields = ("symbol", *columns(models.MarketRegime))


class RegimeShiftRow(RowSerializer):
    symbol = serializers.CharField(source="model.symbol", read_only=True)

    class Meta:
        model = models.RegimeShift
        fields = ("symbol", *columns(models.RegimeShift))


class SignalRow(RowSerializer):
    y = serializers.CharField(source="pair.y.symbol", read_only=True)
    x = serializers.CharField(source="pair.x.symbol", read_only=True)

    class Meta:
        model = models.Signal
        fields = ("id", "y", "x", *columns(models.Signal, without=("id",)))


class ReportRow(RowSerializer):
    url = serializers.SerializerMethodField(help_text="The page that shows it.")

    class Meta:
        model = models.Report
        fields = ("id", "url", *columns(models.Report, without=("id", "thumbnail")))

    def get_url(self, report: models.Report) -> str:
        return f"/reports/{report.pk}/"
