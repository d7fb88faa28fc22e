"""Pages for what people keep: instruments, universes, pairs, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from django_site.trading.admin.pages import KeptPage, links_to_rows
from django_site.trading.models import (
    CorporateAction,
    Instrument,
    ParameterSet,
    TradingPair,
    Universe,
    UniverseMembership,
)

if TYPE_CHECKING:
    Rows = admin.TabularInline[Any, Any]
else:
    Rows = admin.TabularInline

__all__ = [
    "CorporateActionPage",
    "InstrumentPage",
    "ParameterSetPage",
    "TradingPairPage",
    "UniverseMembershipPage",
    "UniversePage",
]


class CorporateActionRows(Rows):
    model = CorporateAction
    extra = 0


class MembershipRows(Rows):
    model = UniverseMembership
    extra = 0
    autocomplete_fields = ("instrument",)


@admin.register(Instrument)
class InstrumentPage(KeptPage):
    list_display = ("symbol", "name", "sector", "exchange", "listed_on", "delisted_on", "is_index")
    list_filter = ("is_index", "exchange", "currency", "sector")
    search_fields = ("symbol", "name")
    ordering = ("symbol",)
    readonly_fields = ("created_at",)
    inlines = (CorporateActionRows,)


@admin.register(CorporateAction)
class CorporateActionPage(KeptPage):
    list_display = ("instrument", "ex_date", "kind", "value")
    list_filter = ("kind",)
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol",)
    autocomplete_fields = ("instrument",)
    date_hierarchy = "ex_date"
    ordering = ("-ex_date",)


@admin.register(Universe)
class UniversePage(KeptPage):
    list_display = ("name", "description", "n_memberships", "created_at")
    search_fields = ("name", "description")
    ordering = ("name",)
    inlines = (MembershipRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Universe]:
        return super().get_queryset(request).annotate(n_memberships=Count("memberships"))

    @admin.display(description="memberships", ordering="n_memberships")
    def n_memberships(self, row: Any) -> int:
        return row.n_memberships


@admin.register(UniverseMembership)
class UniverseMembershipPage(KeptPage):
    list_display = ("universe", "instrument", "start_on", "end_on")
    list_filter = ("universe",)
    list_select_related = ("universe", "instrument")
    search_fields = ("instrument__symbol",)
    autocomplete_fields = ("universe", "instrument")
    date_hierarchy = "start_on"
    ordering = ("universe", "instrument")


@admin.register(TradingPair)
class TradingPairPage(KeptPage):
    list_display = ("__str__", "status", "hedge_method", "parameters", "owner", "created_at")
    list_filter = ("status", "hedge_method", "owner")
    list_select_related = ("y", "x", "parameters", "owner")
    search_fields = ("y__symbol", "x__symbol", "note")
    autocomplete_fields = ("y", "x", "parameters", "run")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    readonly_fields = ("created_at", "rows")

    @admin.display(description="rows")
    def rows(self, row: TradingPair) -> str | SafeString:
        return links_to_rows(row)


@admin.register(ParameterSet)
class ParameterSetPage(KeptPage):
    list_display = ("name", "kind", "y", "x", "regime", "short_fingerprint", "owner", "created_at")
    list_filter = ("kind", "regime", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "fingerprint", "y", "x")
    autocomplete_fields = ("run",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    readonly_fields = ("fingerprint", "created_at")

    @admin.display(description="fingerprint", ordering="fingerprint")
    def short_fingerprint(self, row: ParameterSet) -> str:
        return row.fingerprint[:12]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Parameters are checked and fingerprinted by the service that stores them."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: ParameterSet | None = None) -> tuple[str, ...]:
        return ("kind", "values", *self.readonly_fields)
