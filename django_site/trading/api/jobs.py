"""Long jobs: POST records the question and answers 202; the run tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from django_site.trading import dispatch
from django_site.trading.api.fields import StrictFields, SymbolName
from django_site.trading.api.parameters import ParametersField
from django_site.trading.api.parsing import BoundedJSONParser
from django_site.trading.api.rows import RunRow
from django_site.trading.api.schema import ErrorBody
from django_site.trading.models import Run, UniverseMembership
from services.backtest import BacktestService
from services.pair_analysis import PairAnalysisService
from services.parameters import ParameterService
from services.regime_detection import RegimeDetectionService
from services.runs import RunState
from services.signal_generation import SignalGenerationService
from titan_research.parameters import (
    BacktestParameters,
    RegimeParameters,
    ScanParameters,
    WalkForwardParameters,
)
from titan_research.types import RunStatus

__all__ = [
    "MAX_SYMBOLS",
    "BacktestJobView",
    "RegimeJobView",
    "ScanJobView",
    "SignalsJobView",
    "WalkForwardJobView",
]

MAX_SYMBOLS = 2_000


class Period(StrictFields):
    start = serializers.DateField(required=False, allow_null=True, help_text="First session, inclusive.")
    end = serializers.DateField(required=False, allow_null=True, help_text="Last session, inclusive.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start"), attrs.get("end")
        if start is not None and end is not None and start >= end:
            raise serializers.ValidationError({"start": f"Expected a day before end {end}."})
        return attrs


class Symbols(serializers.ListField):
    """Counted before the first one is looked at."""

    child = SymbolName()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and not 2 <= len(data) <= MAX_SYMBOLS:
            n = len(data)
            raise serializers.ValidationError(
                f"Expected 2 to {MAX_SYMBOLS:,} symbols; received {n:,}, that is {n * (n - 1):,} tests."
            )
        return super().to_internal_value(data)


class Chosen(Period):
    """``symbols``, or the name of a universe (its members as of ``end``)."""

    universe = serializers.SlugField(max_length=64, required=False, allow_null=True)
    symbols = Symbols(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs.get("universe") and attrs.get("symbols"):
            raise serializers.ValidationError({"symbols": "Give symbols or a universe, not both."})
        if attrs.get("universe"):
            n = UniverseMembership.objects.filter(universe__name=attrs["universe"]).count()
            if n > MAX_SYMBOLS:
                raise serializers.ValidationError(
                    {"universe": f"Expected at most {MAX_SYMBOLS:,} members; it has {n:,}. Choose symbols."}
                )
        return attrs


class ScanJob(Chosen):
    parameters = ParametersField(ScanParameters, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if not attrs.get("universe") and not attrs.get("symbols"):
            raise serializers.ValidationError({"symbols": "Give symbols or a universe."})
        return attrs


class BacktestJob(Period):
    y = SymbolName(help_text="Dependent leg.")
    x = SymbolName(help_text="Independent leg.")
    parameters = ParametersField(BacktestParameters, required=False)


class WalkForwardJob(Chosen):
    """A pair ``y``, ``x``; or symbols or a universe, to have pairs chosen in every formation window."""

    y = SymbolName(required=False, allow_null=True)
    x = SymbolName(required=False, allow_null=True)
    parameters = ParametersField(WalkForwardParameters, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        legs, chosen = [attrs.get("y"), attrs.get("x")], attrs.get("universe") or attrs.get("symbols")
        if any(legs) != all(legs) or bool(chosen) == all(legs):
            raise serializers.ValidationError({"y": "Give both legs of a pair, or symbols, or a universe."})
        return attrs


class RegimeJob(Period):
    symbol = SymbolName(default="SPX")
    parameters = ParametersField(RegimeParameters, required=False)


class SignalsJob(StrictFields):
    as_of = serializers.DateField(required=False, allow_null=True, help_text="Nothing after this day is read.")
    regime_symbol = SymbolName(required=False, allow_null=True, help_text="Scale sizes by the regime of this series.")


class Accepted(serializers.Serializer[Any]):
    run = RunRow()
    url = serializers.URLField()


class JobView(APIView):
    """One door for all jobs: validate, record, hand over."""

    parser_classes = (BoundedJSONParser,)
    throttle_classes = (*APIView.throttle_classes, ScopedRateThrottle)
    throttle_scope = "jobs"
    body: ClassVar[type[serializers.Serializer[Any]]]

    def enqueue(self, owner_id: int | None, wish: dict[str, Any]) -> RunState:
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        form = self.body(data=request.data)
        form.is_valid(raise_exception=True)
        wish = {name: value for name, value in form.validated_data.items() if value is not None}
        state = self.enqueue(request.user.pk, wish)
        if state.status is RunStatus.QUEUED:
            dispatch.submit(state.id)
        url = request.build_absolute_uri(reverse("api:run-detail", args=[state.id]))
        run = RunRow(Run.objects.get(pk=state.id)).data
        code = status.HTTP_200_OK if state.is_done else status.HTTP_202_ACCEPTED
        return Response({"run": run, "url": url}, status=code, headers={"Location": url})


def _described(body: type[serializers.Serializer[Any]]) -> Callable[[type[JobView]], type[JobView]]:
    def describe(view: type[JobView]) -> type[JobView]:
        view.body = body
        answers = {202: Accepted, 200: Accepted, 400: ErrorBody, 404: ErrorBody, 503: ErrorBody}
        return extend_schema(request=body, responses=answers, description=view.__doc__)(view)

    return describe


@_described(ScanJob)
class ScanJobView(JobView):
    """Test every ordered pair of the symbols for cointegration."""

    def enqueue(self, owner_id: int | None, wish: dict[str, Any]) -> RunState:
        return PairAnalysisService(owner_id=owner_id, source="api").enqueue_scan_sync(
            wish.get("symbols") or wish["universe"],
            wish.get("start"),
            wish.get("end"),
            parameters=wish.get("parameters"),
        )


@_described(BacktestJob)
class BacktestJobView(JobView):
    """Trade the spread of one pair: decided at the close, filled at the next bar, after costs."""

    def enqueue(self, owner_id: int | None, wish: dict[str, Any]) -> RunState:
        return BacktestService(owner_id=owner_id, source="api").enqueue_backtest_sync(**wish)


@_described(WalkForwardJob)
class WalkForwardJobView(JobView):
    """Choose on each formation window, trade the next."""

    def enqueue(self, owner_id: int | None, wish: dict[str, Any]) -> RunState:
        symbols = wish.pop("symbols", None)
        universe = wish.pop("universe", None)
        service = ParameterService(owner_id=owner_id, source="api")
        return service.enqueue_walk_forward_sync(**wish, universe=symbols or universe)


@_described(RegimeJob)
class RegimeJobView(JobView):
    """Walk the regime detector through the history of a series."""

    def enqueue(self, owner_id: int | None, wish: dict[str, Any]) -> RunState:
        return RegimeDetectionService(owner_id=owner_id, source="api").enqueue_detection_sync(**wish)


@_described(SignalsJob)
class SignalsJobView(JobView):
    """Say what to do with every active pair at the next session."""

    def enqueue(self, owner_id: int | None, wish: dict[str, Any]) -> RunState:
        return SignalGenerationService(owner_id=owner_id, source="api").enqueue_generation_sync(**wish)
