"""Who may see and change which rows: staff everything; others what is theirs, and read what is nobody's."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

__all__ = ["OwnRowsOrStaff", "owner_of", "visible"]

M = TypeVar("M", bound=Model)


def visible(rows: QuerySet[M], user: Any, *, owner: str | None) -> QuerySet[M]:
    """The rows that a user may know of; ``owner`` is the path to the owner, None for everybody's rows."""
    if owner is None or user.is_staff:
        return rows
    return rows.filter(Q(**{owner: user.pk}) | Q(**{f"{owner}__isnull": True}))


def owner_of(row: Model, path: str | None) -> int | None:
    """The id of the owner of a row, None when it is nobody's."""
    value: Any = row
    for part in (path or "").split("__"):
        value = getattr(value, part, None) if part else None
    return None if value is None else int(value.pk)


class OwnRowsOrStaff(BasePermission):
    """Everybody who is logged in reads (rows of others are not found); shared rows are changed by staff."""

    message = "shared rows are changed by staff only"

    def has_permission(self, request: Request, view: Any) -> bool:
        refused_anyway = str(request.method).lower() not in view.http_method_names
        if request.method in SAFE_METHODS or refused_anyway or request.user.is_staff:
            return True
        if getattr(view, "action", None) is None:
            return True
        return view.owner is not None

    def has_object_permission(self, request: Request, view: Any, row: Model) -> bool:
        if request.method in SAFE_METHODS or request.user.is_staff:
            return True
        return owner_of(row, view.owner) == request.user.pk
