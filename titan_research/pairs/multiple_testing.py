"""Corrections for testing many pairs at once: adjusted p-values, NaN passed through and not counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from titan_research.errors import InvalidInput

__all__ = [
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "expected_false_count",
    "holm",
    "storey",
    "two_directions",
]

Floats = npt.NDArray[np.float64]


def benjamini_yekutieli(p_values: npt.ArrayLike) -> Floats:
    """False discovery rate under any dependence; the default of the scan, whose tests share their legs.

    Returns q-values: rejecting q <= alpha keeps the expected share of false discoveries at or below alpha.
    Missing: NaN in, NaN out; NaN is no test.
    Source: Benjamini and Yekutieli (2001), Annals of Statistics 29.4, 1165-1188.
    """
    p, counted = _checked(p_values)
    m = int(counted.sum())
    return _step_up(p, counted, float(np.sum(1.0 / np.arange(1, m + 1))))


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    """False discovery rate under independence or positive dependence; too liberal for a scan of shared legs.

    Missing: NaN in, NaN out. Source: Benjamini and Hochberg (1995), JRSS B 57.1, 289-300.
    """
    p, counted = _checked(p_values)
    return _step_up(p, counted, 1.0)


def storey(p_values: npt.ArrayLike, *, tuning: float = 0.5) -> Floats:
    """Benjamini-Hochberg times the estimated share of true nulls, from the p-values above ``tuning``.

    Missing: NaN in, NaN out. Source: Storey, Taylor and Siegmund (2004), JRSS B 66.1, 187-205.
    """
    if not 0.0 < tuning < 1.0:
        raise InvalidInput(f"need 0 < tuning < 1; received {tuning}")
    p, counted = _checked(p_values)
    m = int(counted.sum())
    share = min(1.0, (1.0 + float((p[counted] > tuning).sum())) / (m * (1.0 - tuning))) if m else 1.0
    return _step_up(p, counted, share)


def holm(p_values: npt.ArrayLike) -> Floats:
    """Family-wise error: the chance of even one false discovery. Missing: NaN in, NaN out.

    Source: Holm (1979), Scandinavian Journal of Statistics 6.2, 65-70.
    """
    p, counted = _checked(p_values)
    kept = p[counted]
    order = np.argsort(kept, kind="stable")
    m = len(kept)
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.maximum.accumulate(kept[order] * np.arange(m, 0, -1)), 1.0)
    return _placed(adjusted, counted)


def two_directions(p_y_on_x: npt.ArrayLike, p_x_on_y: npt.ArrayLike) -> Floats:
    """One p-value for a pair tested both ways, min(1, 2 min(p, p)); the better one alone doubles the error.

    Missing: NaN unless both directions have a number.
    """
    least = np.minimum(np.asarray(p_y_on_x, dtype=np.float64), np.asarray(p_x_on_y, dtype=np.float64))
    return np.minimum(1.0, 2.0 * least)


def expected_false_count(n_tests: int, alpha: float) -> float:
    """Tests expected below ``alpha`` when no pair is cointegrated at all."""
    return n_tests * alpha


def _checked(p_values: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.bool_]]:
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1:
        raise InvalidInput(f"p_values: expected one dimension, received {p.ndim}")
    if ((p < 0.0) | (p > 1.0)).any():
        raise InvalidInput("p_values: expected numbers from 0 to 1 (or NaN)")
    return p, ~np.isnan(p)


def _step_up(p: Floats, counted: npt.NDArray[np.bool_], factor: float) -> Floats:
    kept = p[counted]
    order = np.argsort(kept, kind="stable")
    m = len(kept)
    raw = kept[order] / (np.arange(1, m + 1) / m) * factor
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return _placed(adjusted, counted)


def _placed(adjusted: Floats, counted: npt.NDArray[np.bool_]) -> Floats:
    full = np.full(len(counted), np.nan)
    full[counted] = adjusted
    return full
