"""The routes of the pages."""

from __future__ import annotations

from django.urls import path

from django_site.trading.pages import examples, reports, views
from django_site.trading.pages.account import Login, Logout
from django_site.trading.pages.health import health

__all__ = ["urlpatterns"]

urlpatterns = [
    path("", views.home, name="home"),
    path("runs/", views.runs, name="runs"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>/cancel/", views.cancel, name="run-cancel"),
    path("pairs/", views.pairs, name="pairs"),
    path("signals/", views.signals, name="signals"),
    path("reports/", reports.gallery, name="reports"),
    path("reports/<int:report_id>/", reports.report, name="report"),
    path("examples/", examples.index, name="examples"),
    path("examples/pair-test/sync/", examples.pair_test_sync, name="example-sync"),
    path("examples/pair-test/async/", examples.pair_test_async, name="example-async"),
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("health", health, name="health"),
]
