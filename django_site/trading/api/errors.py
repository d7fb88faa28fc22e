"""One table from the errors of TITAN to HTTP, and one shape for every refusal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from titan_research import errors
from titan_research.results import json_value

__all__ = ["TooLarge", "error_body", "handle_error", "http_status"]

STATUS: dict[type[errors.TitanError], int] = {
    errors.InvalidInput: status.HTTP_400_BAD_REQUEST,
    errors.NotFound: status.HTTP_404_NOT_FOUND,
    errors.Conflict: status.HTTP_409_CONFLICT,
    errors.ComputationFailed: status.HTTP_422_UNPROCESSABLE_ENTITY,
    errors.SourceError: status.HTTP_502_BAD_GATEWAY,
    errors.StoreUnavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
    errors.NotConfigured: status.HTTP_500_INTERNAL_SERVER_ERROR,
}


class TooLarge(exceptions.APIException):
    """The body is larger than any request of this interface needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def http_status(error: errors.TitanError) -> int:
    """The status of an error or of the nearest class above it."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return status.HTTP_500_INTERNAL_SERVER_ERROR


def error_body(error: errors.TitanError) -> dict[str, Any]:
    """The JSON that a caller gets."""
    try:
        details = json_value(error.details)
    except TypeError:
        details = {name: str(value) for name, value in error.details.items()}
    return {"error": type(error).__name__, "message": error.message, "details": details}


def handle_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer with ``{"error", "message", "details"}``; None lets the unexpected through to the log."""
    if isinstance(error, errors.TitanError):
        set_rollback()
        return Response(error_body(error), status=http_status(error))
    known = _known(error)
    if known is None:
        return None
    set_rollback()
    headers: dict[str, str] = {}
    if isinstance(known, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        known.status_code = status.HTTP_401_UNAUTHORIZED
        headers["WWW-Authenticate"] = "Token"
    wait = getattr(known, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    return Response(_body(known), status=known.status_code, headers=headers)


def _known(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound("there is no such object, or it belongs to somebody else")
    if isinstance(error, DjangoPermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return TooLarge("the body is larger than any request of this interface needs")
    if isinstance(error, IntegrityError):
        return _unavailable("Conflict", status.HTTP_409_CONFLICT, "the row contradicts one that is already there")
    if isinstance(error, OperationalError):
        return _unavailable(
            "StoreUnavailable",
            status.HTTP_503_SERVICE_UNAVAILABLE,
            "the database cannot be used just now; try again",
        )
    return None


def _unavailable(name: str, code: int, message: str) -> exceptions.APIException:
    answer = exceptions.APIException(message, code=name)
    answer.status_code = code
    return answer


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        details = error.detail if isinstance(error.detail, dict) else {"request": error.detail}
        return {"error": "InvalidInput", "message": _sentence(details), "details": details}
    code = error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else None
    name = code if type(error) is exceptions.APIException and code else type(error).__name__
    return {"error": name, "message": str(error.detail), "details": {}}


def _sentence(details: dict[str, Any]) -> str:
    parts = [f"{name}: {_first(value)}" for name, value in list(details.items())[:5]]
    return "; ".join(parts)


def _first(value: Any) -> str:
    while isinstance(value, dict | list) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return str(value)
