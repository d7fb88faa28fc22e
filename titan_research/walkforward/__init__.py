"""Choosing on the past, judging on what came after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from titan_research.walkforward.walk_forward import WalkForward

__all__ = ["WalkForward"]


def __getattr__(name: str) -> Any:
    if name != "WalkForward":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from titan_research.walkforward.walk_forward import WalkForward

    return WalkForward
