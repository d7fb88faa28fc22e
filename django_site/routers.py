"""Sends bars to the market-data database when that is not the database of everything else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model

__all__ = ["MARKET", "MARKET_MODELS", "MarketDataRouter"]

MARKET = "market"
MARKET_MODELS = frozenset({"barseries", "pricebar"})


class MarketDataRouter:
    """``BarSeries`` and ``PriceBar`` live in ``MARKET_DATA_URL``, everything else in ``DATABASE_URL``."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return self._alias(model)

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return self._alias(model)

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool | None:
        return self._alias(type(first)) == self._alias(type(second))

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if MARKET not in settings.DATABASES:
            return None
        belongs_to_market = app_label == "trading" and (model_name in MARKET_MODELS or bool(hints.get("market_data")))
        return (db == MARKET) is belongs_to_market

    def _alias(self, model: type[Model]) -> str | None:
        split = MARKET in settings.DATABASES
        bars = model._meta.app_label == "trading" and model._meta.model_name in MARKET_MODELS
        return MARKET if split and bars else None
