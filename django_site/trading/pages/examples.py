"""How views use the services: a synchronous view calls the twin, an asynchronous one awaits.

Both run unchanged under WSGI and ASGI and give the same stored run.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from django_site.trading.api.errors import error_body, http_status
from django_site.trading.pages.policy import page
from services.pair_analysis import PairAnalysisService
from titan_research.errors import TitanError

__all__ = ["index", "pair_test_async", "pair_test_sync"]


def _legs(request: HttpRequest) -> tuple[str, str]:
    return request.GET.get("y", "KO"), request.GET.get("x", "PEP")


def _refusal(error: TitanError) -> JsonResponse:
    return JsonResponse(error_body(error), status=http_status(error))


@require_GET
@page
def index(request: HttpRequest) -> HttpResponse:
    y, x = _legs(request)
    return render(request, "trading/examples.html", {"y": y, "x": x})


@require_GET
@login_required
def pair_test_sync(request: HttpRequest) -> JsonResponse:
    """A synchronous view: the ``_sync`` twin does the same work on the thread of the request."""
    service = PairAnalysisService(owner_id=request.user.pk, source="api")
    try:
        result = service.test_pair_sync(*_legs(request))
    except TitanError as error:
        return _refusal(error)
    return JsonResponse(result.to_dict())


@require_GET
@login_required
async def pair_test_async(request: HttpRequest) -> JsonResponse:
    """An asynchronous view: await the operation; the event loop of the server stays free."""
    user: Any = await request.auser()
    service = PairAnalysisService(owner_id=user.pk, source="api")
    try:
        result = await service.test_pair(*_legs(request))
    except TitanError as error:
        return _refusal(error)
    return JsonResponse(result.to_dict())
