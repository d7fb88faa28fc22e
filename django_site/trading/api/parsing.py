"""What is read from a request body: strict JSON of bounded size and depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from django_site.trading.api.errors import TooLarge

__all__ = ["BoundedJSONParser"]


class BoundedJSONParser(JSONParser):
    """Refuses bodies over ``DATA_UPLOAD_MAX_MEMORY_SIZE`` and nesting that Python cannot follow."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        context = dict(parser_context or {})
        request = context.get("request")
        length = int(request.META.get("CONTENT_LENGTH") or 0) if request is not None else 0
        largest = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if length > largest:
            raise TooLarge(f"expected a body of at most {largest:,} bytes; received {length:,}")
        try:
            return super().parse(stream, media_type, context)
        except RecursionError:
            raise ParseError("the JSON is nested too deeply") from None
