"""Bars of one symbol, column by column, page by page through time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_site.trading.api.fields import FiniteFloat
from django_site.trading.api.filters import MomentField, refuse_unknown
from django_site.trading.api.pagination import bounded_number
from django_site.trading.models import BarSeries, PriceBar
from titan_research.errors import InvalidInput, NotFound
from titan_research.types import Interval
from titan_research.validation import check_symbol

__all__ = ["MAX_BARS", "BarsView"]

MAX_BARS = 5_000
KNOWN = {"symbol", "interval", "start", "end", "after"}
PRICES = ("open", "high", "low", "close", "volume")


class BarsView(APIView):
    """Raw bars; ``next`` continues after the last. Splits and dividends are under ``corporate-actions``."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        parameters=[
            OpenApiParameter("symbol", str, required=True),
            OpenApiParameter("interval", str, enum=[item.value for item in Interval], default=Interval.DAY.value),
            OpenApiParameter("start", str, description="First instant, inclusive."),
            OpenApiParameter("end", str, description="Last instant, inclusive."),
            OpenApiParameter("after", str, description="Continue after this instant; taken from ``next``."),
            OpenApiParameter("limit", int, description=f"Bars, at most {MAX_BARS}."),
        ],
        responses={200: dict},
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request, KNOWN, paging=frozenset({"limit"}))
        symbol = check_symbol(request.query_params.get("symbol", ""))
        interval = _interval(request.query_params.get("interval", Interval.DAY.value))
        limit = bounded_number(request, "limit", default=1_000, low=1, high=MAX_BARS)
        start, end, after = (_moment(request, name) for name in ("start", "end", "after"))
        series = BarSeries.objects.filter(symbol=symbol, interval=interval).only("pk").first()
        if series is None:
            raise NotFound(f"there are no {interval} bars of {symbol}; see /api/v1/bar-series/", symbol=symbol)
        bars = PriceBar.objects.filter(series_id=series.pk).between(start, end).order_by("time")
        if after is not None:
            bars = bars.filter(time__gt=after)
        rows = list(bars.values_list("time", *PRICES)[: limit + 1])
        more, rows = len(rows) > limit, rows[:limit]
        finite = FiniteFloat()
        columns: dict[str, list[Any]] = {"time": [_text(row[0]) for row in rows]}
        for number, name in enumerate(PRICES, start=1):
            columns[name] = [None if row[number] is None else finite.to_representation(row[number]) for row in rows]
        following = None
        if more:
            query = {**request.query_params.dict(), "after": columns["time"][-1]}
            following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
        return Response(
            {
                "symbol": symbol,
                "interval": interval,
                "n_rows": len(rows),
                "columns": columns,
                "next": following,
            }
        )


def _interval(text: str) -> str:
    try:
        return Interval(text).value
    except ValueError:
        known = ", ".join(item.value for item in Interval)
        raise InvalidInput(f"interval: expected one of {known}; received {text[:20]!r}") from None


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    from django.core.exceptions import ValidationError

    try:
        moment: datetime | None = MomentField().clean(text)
    except ValidationError as error:
        raise InvalidInput(
            f"{name}: expected an ISO date or instant such as 2015-12-31; received {text[:40]!r}", name=name
        ) from error
    return moment


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
