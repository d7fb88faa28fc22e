"""The two kinds of admin pages, and the links between a run and its rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    Page = admin.ModelAdmin[Any]
else:
    Page = admin.ModelAdmin

__all__ = ["KeptPage", "ProducedPage", "link_to", "links_to_rows", "pretty_json"]


def link_to(row: Model | None) -> str | SafeString:
    """A link to the admin page of a row, or a dash."""
    if row is None:
        return "-"
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row)


def links_to_rows(row: Model) -> str | SafeString:
    """For every table that points to this row: how many rows do, as a link to their list."""
    links = []
    for relation in row._meta.related_objects:
        table = relation.related_model._meta
        n_rows = relation.related_model._default_manager.filter(**{relation.field.name: row}).count()
        try:
            address = reverse(f"admin:{table.app_label}_{table.model_name}_changelist")
        except NoReverseMatch:
            continue
        if n_rows:
            query = f"{address}?{relation.field.name}__id__exact={row.pk}"
            links.append((query, n_rows, table.verbose_name if n_rows == 1 else table.verbose_name_plural))
    return format_html_join(", ", '<a href="{}">{} {}</a>', links) or "-"


def pretty_json(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, sort_keys=True, default=str))


class KeptPage(Page):
    """Rows that people make and change."""

    list_per_page = 50
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return _is_link(self.model, lookup) or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]


class ProducedPage(KeptPage):
    """Rows that runs produced: they can be read, and deleted by deleting their run, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="run")
    def run_link(self, row: Any) -> str | SafeString:
        return link_to(row.run)

    @admin.display(description="rows")
    def rows(self, row: Any) -> str | SafeString:
        return links_to_rows(row)


def _is_link(model: type[Model], lookup: str) -> bool:
    column, _, rest = lookup.partition("__")
    links = {field.name for field in model._meta.fields if isinstance(field, ForeignKey)}
    return column in links and rest == "id__exact"
