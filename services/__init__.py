"""Services: async outside, sync inside. Every public coroutine ``x`` has a blocking twin ``x_sync``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.backtest import BacktestService
    from services.market_data import MarketDataService
    from services.pair_analysis import PairAnalysisService
    from services.parameters import ParameterService
    from services.regime_detection import RegimeDetectionService
    from services.reports import ReportService
    from services.run_history import RunService
    from services.signal_generation import SignalGenerationService

__all__ = [
    "BacktestService",
    "MarketDataService",
    "PairAnalysisService",
    "ParameterService",
    "RegimeDetectionService",
    "ReportService",
    "RunService",
    "SignalGenerationService",
]

_HOMES = {
    "BacktestService": "services.backtest",
    "MarketDataService": "services.market_data",
    "PairAnalysisService": "services.pair_analysis",
    "ParameterService": "services.parameters",
    "RegimeDetectionService": "services.regime_detection",
    "ReportService": "services.reports",
    "RunService": "services.run_history",
    "SignalGenerationService": "services.signal_generation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from django_site.boot import setup

    setup()
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
