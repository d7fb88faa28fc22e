"""Numbers as people read them: fractions as percent, undefined as a dash."""

from __future__ import annotations

import math
from typing import Any

from django import template

__all__ = ["fraction", "number", "percent_done", "register", "words"]

register = template.Library()
DASH = "–"


def _undefined(value: Any) -> bool:
    return not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value)


@register.filter
def fraction(value: Any) -> str:
    """0.123 as 12.3%."""
    return DASH if _undefined(value) else f"{value:.1%}".replace("-", "−")


@register.filter
def number(value: Any, digits: int = 2) -> str:
    """A number with thousands separators and that many decimals; whole numbers without."""
    if _undefined(value):
        return DASH
    return (f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}").replace("-", "−")


@register.filter
def words(value: Any) -> str:
    """walk_forward as Walk forward."""
    return str(value).replace("_", " ").capitalize()


@register.filter
def percent_done(run: Any) -> int:
    """Whole percent of the units of work that are finished."""
    return 0 if not run.progress_total else min(100, int(100 * run.progress_done / run.progress_total))
