"""The routes under /api/v1/."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import DefaultRouter

from django_site.trading.api import desk, findings, jobs, market, studies
from django_site.trading.api.bars import BarsView
from django_site.trading.api.base import RowViews
from django_site.trading.api.runs import RunViews
from django_site.trading.api.tokens import TokenView

__all__ = ["ROUTES", "app_name", "router", "urlpatterns"]

app_name = "api"

ROUTES: dict[str, tuple[str, type[RowViews]]] = {
    "instruments": ("instrument", market.InstrumentViews),
    "bar-series": ("bar-series", market.BarSeriesViews),
    "corporate-actions": ("corporate-action", market.CorporateActionViews),
    "universes": ("universe", desk.UniverseViews),
    "universe-memberships": ("universe-membership", desk.MembershipViews),
    "ingest-files": ("ingest-file", market.IngestFileViews),
    "trading-pairs": ("trading-pair", desk.TradingPairViews),
    "pair-tests": ("pair-test", findings.PairTestViews),
    "pair-stabilities": ("pair-stability", findings.PairStabilityViews),
    "parameter-sets": ("parameter-set", desk.ParameterSetViews),
    "runs": ("run", RunViews),
    "run-artifacts": ("run-artifact", findings.RunArtifactViews),
    "trials": ("trial", findings.TrialViews),
    "backtests": ("backtest", studies.BacktestViews),
    "backtest-trades": ("backtest-trade", studies.BacktestTradeViews),
    "walk-forwards": ("walk-forward", studies.WalkForwardViews),
    "walk-forward-folds": ("walk-forward-fold", studies.WalkForwardFoldViews),
    "regime-models": ("regime-model", studies.RegimeModelViews),
    "market-regimes": ("market-regime", studies.MarketRegimeViews),
    "regime-shifts": ("regime-shift", studies.RegimeShiftViews),
    "signals": ("signal", studies.SignalViews),
    "reports": ("report", studies.ReportViews),
}

router = DefaultRouter()
for prefix, (basename, views) in ROUTES.items():
    router.register(prefix, views, basename=basename)

urlpatterns = [
    path("bars/", BarsView.as_view(), name="bars"),
    path("token/", TokenView.as_view(), name="token"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="schema"),
    path("jobs/scan/", jobs.ScanJobView.as_view(), name="job-scan"),
    path("jobs/backtest/", jobs.BacktestJobView.as_view(), name="job-backtest"),
    path("jobs/walk_forward/", jobs.WalkForwardJobView.as_view(), name="job-walk-forward"),
    path("jobs/regime/", jobs.RegimeJobView.as_view(), name="job-regime"),
    path("jobs/signals/", jobs.SignalsJobView.as_view(), name="job-signals"),
    *router.urls,
]
