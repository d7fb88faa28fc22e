"""What people keep through the interface: universes, memberships, trading pairs, parameter sets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from django_site.trading import models
from django_site.trading.api.fields import RowSerializer, StrictFields, StrictJSON, SymbolName
from django_site.trading.api.parameters import ParametersField, parse_parameters
from titan_research.parameters import (
    BacktestParameters,
    Parameters,
    RegimeParameters,
    ScanParameters,
    WalkForwardParameters,
)
from titan_research.types import PairStatus, ParameterKind, RegimeLabel

__all__ = ["MembershipRow", "ParameterSetRow", "TradingPairRow", "UniverseRow"]

KINDS: dict[ParameterKind, type[Parameters]] = {
    ParameterKind.BACKTEST: BacktestParameters,
    ParameterKind.SCAN: ScanParameters,
    ParameterKind.REGIME: RegimeParameters,
    ParameterKind.WALK_FORWARD: WalkForwardParameters,
}


class UniverseRow(RowSerializer):
    n_members = serializers.IntegerField(read_only=True, help_text="Members today.")

    class Meta:
        model = models.Universe
        fields = ("id", "name", "description", "n_members", "created_at")
        read_only_fields = ("created_at",)


class MembershipRow(RowSerializer):
    universe = serializers.SlugRelatedField(slug_field="name", queryset=models.Universe.objects.all())
    symbol = serializers.SlugRelatedField(
        source="instrument", slug_field="symbol", queryset=models.Instrument.objects.all()
    )

    class Meta:
        model = models.UniverseMembership
        fields = ("id", "universe", "symbol", "start_on", "end_on")
        validators = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        def value(name: str) -> Any:
            return attrs.get(name, getattr(self.instance, name, None))

        start, end = value("start_on"), value("end_on")
        if end is not None and end < start:
            raise serializers.ValidationError({"end_on": f"Expected a day on or after start_on {start}."})
        same = models.UniverseMembership.objects.filter(
            universe=value("universe"), instrument=value("instrument"), start_on=start
        )
        if self.instance is not None:
            same = same.exclude(pk=self.instance.pk)
        if same.exists():
            raise serializers.ValidationError({"start_on": "This membership is there already."})
        return attrs


class TradingPairRow(StrictFields):
    """``parameters`` are those that signals are made with; sent as an object, kept as a parameter set."""

    id = serializers.IntegerField(read_only=True)
    y = SymbolName(source="y.symbol", help_text="Dependent leg.")
    x = SymbolName(source="x.symbol", help_text="Independent leg.")
    status = serializers.ChoiceField([item.value for item in PairStatus], default=PairStatus.ACTIVE.value)
    hedge_method = serializers.CharField(read_only=True)
    parameters = ParametersField(BacktestParameters, source="parameters.values", required=False)
    parameter_set = serializers.IntegerField(source="parameters_id", read_only=True, allow_null=True)
    run = serializers.IntegerField(source="run_id", read_only=True, allow_null=True)
    note = serializers.CharField(max_length=2_000, allow_blank=True, default="")
    owner = serializers.IntegerField(source="owner_id", read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and {"y", "x"} & set(attrs):
            raise serializers.ValidationError({"y": "The legs of a pair do not change; create another pair."})
        return attrs


class ParameterSetRow(RowSerializer):
    """``values`` are validated as ``kind`` and never change; their defaults are filled in."""

    kind = serializers.ChoiceField([item.value for item in ParameterKind])
    values = StrictJSON(help_text="The parameters, in full or only those that differ from the defaults.")
    y = SymbolName(required=False, allow_null=True)
    x = SymbolName(required=False, allow_null=True)
    regime = serializers.ChoiceField([item.value for item in RegimeLabel], required=False, allow_null=True)

    class Meta:
        model = models.ParameterSet
        fields = (
            "id",
            "name",
            "kind",
            "values",
            "fingerprint",
            "regime",
            "y",
            "x",
            "run",
            "owner",
            "created_at",
        )
        read_only_fields = ("fingerprint", "run", "owner", "created_at")
        validators = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and {"kind", "values"} & set(attrs):
            raise serializers.ValidationError({"values": "Kept values do not change; keep another set."})
        legs = {leg: attrs.get(leg, getattr(self.instance, leg, None)) for leg in ("y", "x")}
        if (legs["y"] is None) != (legs["x"] is None) or (legs["y"] is not None and legs["y"] == legs["x"]):
            raise serializers.ValidationError({"y": "Give two different legs, or neither."})
        if "values" in attrs:
            attrs["parameters"] = parse_parameters(
                KINDS[ParameterKind(attrs["kind"])], attrs.pop("values"), path="values"
            )
        return attrs
