"""Figures from results (plotly). Imported by notebooks, reports and pages only.

One module a subject, loaded when first used: ``plotting.prices``, ``plotting.pair``,
``plotting.backtest``, ``plotting.walk_forward``, ``plotting.regimes``, ``plotting.scan``. Every function
takes a result and returns a plain ``go.Figure`` with SVG traces, axis titles with units and a title that says
what is seen.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = ["backtest", "embed", "pair", "prices", "regimes", "scan", "tables", "theme", "walk_forward"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
