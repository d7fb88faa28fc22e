"""One honest sentence about a walk-forward study."""

from __future__ import annotations

import math

__all__ = ["verdict"]

_SIGNIFICANT = 0.05


def verdict(
    *,
    in_sample: float,
    out_of_sample: float,
    baseline: float,
    p_value: float,
    error: float,
    fixed: bool,
    selection_inside: bool,
    years: float,
) -> str:
    """Say what was earned out of sample, whether luck explains it, and whether choosing helped."""
    if not math.isfinite(out_of_sample):
        return "Nothing was traded out of sample, so there is nothing to judge."
    earned = f"Out of sample the Sharpe ratio is {out_of_sample:.2f} ± {error:.2f} over {years:.0f} years"
    promised = f" ({in_sample:.2f} in sample)" if math.isfinite(in_sample) else ""
    if out_of_sample <= 0:
        judged = ": no edge after costs"
    elif not p_value < _SIGNIFICANT:
        judged = f": luck explains it (reality check p = {p_value:.2f})"
    elif out_of_sample < 2 * error:
        judged = f": some set has an edge (p = {p_value:.2f}), the chosen ones not beyond error"
    else:
        judged = f": more than luck explains (reality check p = {p_value:.2f})"
    return f"{earned}{promised}{judged}; {_choosing(out_of_sample, baseline, fixed)}{_caveat(selection_inside)}."


def _choosing(out_of_sample: float, baseline: float, fixed: bool) -> str:
    if fixed:
        return "the parameters were fixed, not chosen"
    if not math.isfinite(baseline):
        return "the default parameters never traded"
    better = out_of_sample > baseline
    return f"choosing parameters {'beat' if better else 'did not beat'} the default set ({baseline:.2f})"


def _caveat(selection_inside: bool) -> str:
    return "" if selection_inside else "; the pairs were given, so how they were found is not judged here"
