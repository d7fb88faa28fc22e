from __future__ import annotations

from django.apps import AppConfig

__all__ = ["TradingConfig"]


class TradingConfig(AppConfig):
    name = "django_site.trading"
    label = "trading"
    verbose_name = "TITAN"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_site import checks  # noqa: F401
