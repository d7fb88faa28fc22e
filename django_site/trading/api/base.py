"""What all viewsets share: owners, strict query strings, bounded bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from django_site.trading.api.access import OwnRowsOrStaff, visible
from django_site.trading.api.filters import StrictOrdering, refuse_unknown
from django_site.trading.api.parsing import BoundedJSONParser

if TYPE_CHECKING:
    Views = viewsets.GenericViewSet[Any]
else:
    Views = viewsets.GenericViewSet

__all__ = ["RowViews"]


class RowViews(mixins.ListModelMixin, mixins.RetrieveModelMixin, Views):
    """Lists and single rows. ``owner`` is the path to the owner of a row; None = everybody's."""

    owner: ClassVar[str | None] = None
    lookup_value_regex = "[0-9]{1,15}"
    parser_classes = (BoundedJSONParser,)
    permission_classes = (IsAuthenticated, OwnRowsOrStaff)
    filter_backends = (DjangoFilterBackend, StrictOrdering)
    filterset_class: Any = None
    ordering_fields: Any = ("id",)
    ordering: Any = ("-id",)

    def get_queryset(self) -> QuerySet[Any]:
        return visible(super().get_queryset(), self.request.user, owner=self.owner)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown(request, set(self.filterset_class.base_filters) if self.filterset_class else set())
        return super().list(request, *args, **kwargs)
