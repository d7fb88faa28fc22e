"""What people keep: universes, memberships, trading pairs, parameter sets. Written through the services."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from django_site.trading import models
from django_site.trading.api.base import RowViews
from django_site.trading.api.filters import RowFilters, SymbolFilter
from django_site.trading.api.kept import MembershipRow, ParameterSetRow, TradingPairRow, UniverseRow
from services.pair_analysis import PairAnalysisService
from services.parameters import ParameterService
from titan_research.errors import Conflict
from titan_research.parameters import BacktestParameters
from titan_research.types import PairStatus

__all__ = ["MembershipViews", "ParameterSetViews", "TradingPairViews", "UniverseViews"]

METHODS = ["get", "head", "options", "post", "patch"]


class UniverseFilters(RowFilters):
    class Meta:
        model = models.Universe
        fields = ("name",)


class UniverseViews(mixins.CreateModelMixin, mixins.UpdateModelMixin, RowViews):
    """Named sets of instruments; everybody reads them, staff keep them."""

    queryset = models.Universe.objects.all()
    serializer_class = UniverseRow
    filterset_class = UniverseFilters
    ordering_fields = ("id", "name", "created_at")
    ordering = ("name",)
    http_method_names = METHODS

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.with_n_members(day=timezone.now().date())


class MembershipFilters(RowFilters):
    universe = SymbolFilter("universe__name")
    symbol = SymbolFilter("instrument__symbol")

    class Meta:
        model = models.UniverseMembership
        fields = {"start_on": ["gte", "lte"], "end_on": ["gte", "lte", "isnull"]}  # noqa: RUF012


class MembershipViews(mixins.CreateModelMixin, mixins.UpdateModelMixin, RowViews):
    """Stays of instruments in universes."""

    queryset = models.UniverseMembership.objects.select_related("universe", "instrument")
    serializer_class = MembershipRow
    filterset_class = MembershipFilters
    ordering_fields = ("id", "start_on", "end_on")
    ordering = ("universe__name", "instrument__symbol", "start_on")
    http_method_names = METHODS


class TradingPairFilters(RowFilters):
    y = SymbolFilter("y__symbol")
    x = SymbolFilter("x__symbol")

    class Meta:
        model = models.TradingPair
        fields = ("status", "hedge_method", "run")


class TradingPairViews(RowViews):
    """Pairs that signals are made for. Create your own; change your own (staff: any)."""

    owner = "owner"
    queryset = models.TradingPair.objects.select_related("y", "x", "parameters")
    serializer_class = TradingPairRow
    filterset_class = TradingPairFilters
    ordering_fields = ("id", "status", "created_at")
    http_method_names = METHODS

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        wish = self.get_serializer(data=request.data)
        wish.is_valid(raise_exception=True)
        y, x = wish.validated_data["y"]["symbol"], wish.validated_data["x"]["symbol"]
        if models.TradingPair.objects.of(y, x).exists():
            raise Conflict(f"{y}/{x} is followed already; change it with PATCH if it is yours", y=y, x=x)
        kept = self._keep(request, y, x, wish.validated_data, run_id=None, before=BacktestParameters())
        return Response(self.get_serializer(self._row(kept["id"])).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        pair = self.get_object()
        wish = self.get_serializer(pair, data=request.data, partial=True)
        wish.is_valid(raise_exception=True)
        before = BacktestParameters.from_dict({} if pair.parameters is None else pair.parameters.values)
        changes = {"status": pair.status, "note": pair.note, **wish.validated_data}
        kept = self._keep(request, pair.y.symbol, pair.x.symbol, changes, run_id=pair.run_id, before=before)
        return Response(self.get_serializer(self._row(kept["id"])).data)

    def _keep(
        self,
        request: Request,
        y: str,
        x: str,
        wish: dict[str, Any],
        *,
        run_id: int | None,
        before: BacktestParameters,
    ) -> dict[str, Any]:
        service = PairAnalysisService(owner_id=request.user.pk, source="api")
        return service.create_trading_pair_sync(
            y,
            x,
            parameters=wish.get("parameters", {}).get("values") or before,
            status=PairStatus(wish["status"]),
            note=wish["note"],
            run_id=run_id,
        )

    def _row(self, pair_id: int) -> models.TradingPair:
        return models.TradingPair.objects.select_related("y", "x", "parameters").get(pk=pair_id)


class ParameterSetFilters(RowFilters):
    class Meta:
        model = models.ParameterSet
        fields = ("name", "kind", "fingerprint", "y", "x", "regime", "run")


class ParameterSetViews(mixins.UpdateModelMixin, RowViews):
    """Parameters under a name. Their values never change; name, pair and regime may."""

    owner = "owner"
    queryset = models.ParameterSet.objects.all()
    serializer_class = ParameterSetRow
    filterset_class = ParameterSetFilters
    ordering_fields = ("id", "name", "created_at")
    http_method_names = METHODS

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        serializer.save()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        wish = self.get_serializer(data=request.data)
        wish.is_valid(raise_exception=True)
        chosen = dict(wish.validated_data)
        taken = models.ParameterSet.objects.filter(
            kind=chosen.pop("kind"), name=chosen["name"], fingerprint=chosen["parameters"].fingerprint()
        )
        if taken.exists():
            raise Conflict(f"these very values are kept under the name {chosen['name']!r} already; choose another name")
        service = ParameterService(owner_id=request.user.pk, source="api")
        kept = service.save_sync(chosen.pop("name"), chosen.pop("parameters"), **chosen)
        row = models.ParameterSet.objects.get(pk=kept)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)
