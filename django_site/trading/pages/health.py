"""Is this process able to serve? For load balancers and scripts; needs no login."""

from __future__ import annotations

from django.db import DatabaseError, connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

__all__ = ["health"]


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when every database answers ``SELECT 1``, else 503; says which one, never why."""
    states = {alias: _answers(alias) for alias in connections}
    healthy = all(states.values())
    databases = {alias: "ok" if answers else "unavailable" for alias, answers in states.items()}
    return JsonResponse(
        {"status": "ok" if healthy else "unavailable", "databases": databases}, status=200 if healthy else 503
    )


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() is not None
    except DatabaseError:
        return False
