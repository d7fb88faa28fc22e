"""Pages for what runs produced: read, filter, search, follow the links."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from django_site.trading.admin.pages import ProducedPage, link_to, pretty_json
from django_site.trading.models import (
    Backtest,
    BacktestTrade,
    BarSeries,
    IngestFile,
    MarketRegime,
    PairStability,
    PairTest,
    RegimeModel,
    RegimeShift,
    Report,
    Run,
    RunArtifact,
    Signal,
    Trial,
    WalkForward,
    WalkForwardFold,
)

__all__: list[str] = []


@admin.register(Run)
class RunPage(ProducedPage):
    list_display = ("id", "job", "title", "status", "progress", "seconds", "source", "owner", "created_at")
    list_display_links = ("id", "title")
    list_filter = ("job", "status", "source", "code_dirty", "owner")
    list_select_related = ("owner",)
    search_fields = ("title", "identity", "data_fingerprint", "code_version")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("job", "title", "status", "error", "owner", "source", "rows")}),
        ("Result", {"fields": ("summary_text", "certificate_text")}),
        ("Question", {"fields": ("request_text", "parameters_text", "seed")}),
        (
            "Data and code",
            {"fields": ("data_fingerprint", "snapshot", "code_version", "code_dirty", "versions_text")},
        ),
        (
            "Progress",
            {"fields": ("attempts", "progress", "heartbeat_at", "started_at", "finished_at", "created_at")},
        ),
        ("Identity", {"fields": ("identity",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        match = request.resolver_match
        in_list = match is not None and match.url_name == "trading_run_changelist"
        rows = Run.objects.newest_first()
        return rows.without_documents() if in_list else rows

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting a run deletes what it produced."""
        return request.user.has_perm("trading.delete_run")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """The rows of a run go with it, although they cannot be deleted one by one."""
        rows, counts, _, protected = super().get_deleted_objects(objs, request)
        return rows, counts, set(), protected

    @admin.display(description="progress")
    def progress(self, row: Run) -> str:
        return f"{row.progress_done} of {row.progress_total}" if row.progress_total else "-"

    @admin.display(description="seconds")
    def seconds(self, row: Run) -> str:
        if row.started_at is None or row.finished_at is None:
            return "-"
        return f"{(row.finished_at - row.started_at).total_seconds():.1f}"

    @admin.display(description="summary")
    def summary_text(self, row: Run) -> SafeString:
        return pretty_json(row.summary)

    @admin.display(description="certificate")
    def certificate_text(self, row: Run) -> SafeString:
        return pretty_json(row.certificate)

    @admin.display(description="request")
    def request_text(self, row: Run) -> SafeString:
        return pretty_json(row.request)

    @admin.display(description="parameters")
    def parameters_text(self, row: Run) -> SafeString:
        return pretty_json(row.parameters)

    @admin.display(description="package versions")
    def versions_text(self, row: Run) -> SafeString:
        return pretty_json(row.package_versions)


@admin.register(RunArtifact)
class RunArtifactPage(ProducedPage):
    list_display = ("name", "run_link", "n_bytes", "created_at")
    list_select_related = ("run",)
    search_fields = ("name",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    exclude = ("content",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RunArtifact]:
        return super().get_queryset(request).defer("content")


@admin.register(Trial)
class TrialPage(ProducedPage):
    list_display = ("hypothesis", "n_combinations", "best_sharpe", "run_link", "created_at")
    list_select_related = ("run",)
    search_fields = ("hypothesis",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)


@admin.register(BarSeries)
class BarSeriesPage(ProducedPage):
    list_display = ("symbol", "interval", "n_bars", "first_time", "last_time", "revision")
    list_filter = ("interval",)
    search_fields = ("symbol",)
    ordering = ("symbol", "interval")


@admin.register(IngestFile)
class IngestFilePage(ProducedPage):
    list_display = (
        "name",
        "source",
        "interval",
        "status",
        "rows_read",
        "rows_kept",
        "rows_rejected",
        "n_inserted",
        "n_changed",
        "started_at",
    )
    list_filter = ("status", "source", "interval")
    search_fields = ("name", "sha256")
    date_hierarchy = "started_at"
    ordering = ("-started_at",)


@admin.register(PairTest)
class PairTestPage(ProducedPage):
    list_display = ("y", "x", "p_value", "q_value", "hedge_ratio", "half_life", "n_obs", "status", "run_link")
    list_filter = ("status",)
    list_select_related = ("run",)
    search_fields = ("y", "x")
    ordering = ("q_value", "p_value")


@admin.register(PairStability)
class PairStabilityPage(ProducedPage):
    list_display = ("y", "x", "window_end", "statistic", "p_value", "hedge_ratio", "half_life", "run_link")
    list_select_related = ("run",)
    search_fields = ("y", "x")
    date_hierarchy = "window_end"
    ordering = ("-window_end",)


@admin.register(Backtest)
class BacktestPage(ProducedPage):
    list_display = (
        "__str__",
        "sharpe_ratio",
        "probabilistic_sharpe_ratio",
        "annualized_return",
        "max_drawdown",
        "n_trades",
        "run_link",
    )
    list_filter = ("execution", "engine")
    list_select_related = ("run",)
    search_fields = ("y", "x")
    date_hierarchy = "end"
    ordering = ("-pk",)
    readonly_fields = ("rows",)


@admin.register(BacktestTrade)
class BacktestTradePage(ProducedPage):
    list_display = ("backtest", "number", "side", "decided", "entry", "exit", "bars", "reason", "pnl")
    list_filter = ("side", "reason")
    list_select_related = ("backtest",)
    search_fields = ("backtest__y", "backtest__x")
    date_hierarchy = "entry"
    ordering = ("backtest", "number")


@admin.register(WalkForward)
class WalkForwardPage(ProducedPage):
    list_display = (
        "id",
        "start",
        "end",
        "n_folds",
        "n_trials",
        "out_of_sample_sharpe",
        "deflated_sharpe_ratio",
        "pbo",
        "verdict",
        "run_link",
    )
    list_filter = ("selection_inside",)
    list_select_related = ("run",)
    date_hierarchy = "end"
    ordering = ("-pk",)
    readonly_fields = ("rows",)


@admin.register(WalkForwardFold)
class WalkForwardFoldPage(ProducedPage):
    list_display = (
        "walk_forward",
        "number",
        "train_start",
        "train_end",
        "test_start",
        "test_end",
        "train_sharpe",
        "test_sharpe",
    )
    list_select_related = ("walk_forward",)
    date_hierarchy = "test_start"
    ordering = ("walk_forward", "number")


@admin.register(RegimeModel)
class RegimeModelPage(ProducedPage):
    list_display = (
        "symbol",
        "model",
        "n_regimes",
        "start",
        "end",
        "shifts_per_year",
        "current_regime",
        "is_current",
        "run_link",
    )
    list_filter = ("is_current", "model", "current_regime")
    list_select_related = ("run",)
    search_fields = ("symbol",)
    date_hierarchy = "end"
    ordering = ("-pk",)
    readonly_fields = ("rows",)


@admin.register(MarketRegime)
class MarketRegimePage(ProducedPage):
    list_display = ("model", "number", "regime", "start", "end", "bars", "total_return", "volatility")
    list_filter = ("regime",)
    list_select_related = ("model",)
    search_fields = ("model__symbol",)
    date_hierarchy = "start"
    ordering = ("model", "number")


@admin.register(RegimeShift)
class RegimeShiftPage(ProducedPage):
    list_display = ("model", "session", "from_regime", "to_regime", "probability")
    list_filter = ("to_regime",)
    list_select_related = ("model",)
    search_fields = ("model__symbol",)
    date_hierarchy = "session"
    ordering = ("-session",)


@admin.register(Signal)
class SignalPage(ProducedPage):
    list_display = ("pair_link", "session", "action", "position", "zscore", "regime", "status", "run_link")
    list_filter = ("status", "action", "regime")
    list_select_related = ("pair__y", "pair__x", "run")
    search_fields = ("pair__y__symbol", "pair__x__symbol")
    date_hierarchy = "session"
    ordering = ("-session",)

    @admin.display(description="pair")
    def pair_link(self, row: Signal) -> str | SafeString:
        return link_to(row.pair)


@admin.register(Report)
class ReportPage(ProducedPage):
    list_display = ("title", "name", "status", "seconds", "run_link", "created_at")
    list_filter = ("name", "status")
    list_select_related = ("run",)
    search_fields = ("title", "name", "identity")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
