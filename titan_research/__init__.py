"""The research core of TITAN: numpy and pandas in, frozen results out. Knows no Django, no service and no clock."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from titan_research.backtest.engine import BacktestEngine
    from titan_research.pairs.tester import CointegrationTester
    from titan_research.panel import Panel
    from titan_research.regimes.detector import RegimeDetector
    from titan_research.store.manager import DatabaseManager

__all__ = ["BacktestEngine", "CointegrationTester", "DatabaseManager", "Panel", "RegimeDetector"]

_HOMES = {
    "BacktestEngine": "titan_research.backtest.engine",
    "CointegrationTester": "titan_research.pairs.tester",
    "DatabaseManager": "titan_research.store.manager",
    "Panel": "titan_research.panel",
    "RegimeDetector": "titan_research.regimes.detector",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
