"""Pages with a hard maximum; a number that cannot be is answered with what is expected."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from titan_research.errors import InvalidInput

__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "MAX_OFFSET", "PageWithLimit", "bounded_number"]

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
MAX_OFFSET = 1_000_000


def bounded_number(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    """A whole number of the query string within its bounds, or the default when it is not there."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if text.isascii() and text.isdigit() and len(text) <= 9 and low <= int(text) <= high:
        return int(text)
    raise InvalidInput(f"{name}: expected a whole number from {low} to {high:,}; received {text[:40]!r}", name=name)


class PageWithLimit(LimitOffsetPagination):
    """``?limit=100&offset=0``; at most 1,000 rows a page."""

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def get_limit(self, request: Request) -> int:
        return bounded_number(request, "limit", default=DEFAULT_LIMIT, low=1, high=MAX_LIMIT)

    def get_offset(self, request: Request) -> int:
        return bounded_number(request, "offset", default=0, low=0, high=MAX_OFFSET)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        bounds = {"limit": (1, MAX_LIMIT), "offset": (0, MAX_OFFSET)}
        for parameter in parameters:
            low, high = bounds[parameter["name"]]
            parameter["schema"] |= {"minimum": low, "maximum": high}
        return parameters
