"""Pages, the admin and the REST interface; every way to log in goes through one page."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

__all__ = ["urlpatterns"]

urlpatterns = [
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("django_site.trading.api.urls")),
    path("", include("django_site.trading.pages.urls")),
]
