"""The prices of one pair as the simulator takes them, and its spread."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InvalidInput
from titan_research.pairs.spread import Spread, fixed_spread, rolling_spread
from titan_research.panel import Panel
from titan_research.parameters import SpreadParameters
from titan_research.types import HedgeMethod, SpreadKind
from titan_research.validation import check_timestamp

__all__ = ["PairArrays", "pair_arrays", "spread_of", "trading_start"]

Floats = npt.NDArray[np.float64]


class PairArrays(NamedTuple):
    """One entry a bar: closes, prices that orders are filled at, calendar days since the bar before."""

    close_y: Floats
    close_x: Floats
    fill_y: Floats
    fill_x: Floats
    days: Floats
    n_opens: int


def pair_arrays(panel: Panel, y: str, x: str, opens: Panel | None = None) -> PairArrays:
    """The arrays of a pair; a bar is filled at its opens where both legs have one, else at its closes.

    Notes
    -----
    Timing: the fill prices of bar t are known at t at the earliest; nothing is filled that was not decided
    before t.
    Missing: bars without a valid price in one leg are not filled at all.
    """
    close_y, close_x = np.ascontiguousarray(panel.column(y)), np.ascontiguousarray(panel.column(x))
    fill_y, fill_x, n_opens = close_y, close_x, 0
    if opens is not None:
        if not opens.index.equals(panel.index):
            raise InvalidInput("opens and closes must have the same sessions; read both with the same dates")
        open_y, open_x = opens.column(y), opens.column(x)
        both = np.isfinite(open_y) & np.isfinite(open_x) & (open_y > 0) & (open_x > 0)
        fill_y, fill_x = np.where(both, open_y, close_y), np.where(both, open_x, close_x)
        n_opens = int(both.sum())
    days = np.zeros(len(panel))
    days[1:] = np.diff(panel.index.as_unit("s").asi8) / 86_400.0
    return PairArrays(close_y, close_x, fill_y, fill_x, days, n_opens)


def spread_of(pair: PairArrays, parameters: SpreadParameters) -> Spread:
    """Hedge ratio, intercept, spread and z-score of every bar, from bars up to and including it."""
    y, x = pair.close_y, pair.close_x
    if parameters.kind is SpreadKind.LOG:
        with np.errstate(divide="ignore", invalid="ignore"):
            y, x = np.log(y), np.log(x)
    if parameters.method is HedgeMethod.FIXED:
        ratio, intercept = parameters.hedge_ratio, parameters.intercept
        if ratio is None or intercept is None:
            raise InvalidInput("method 'fixed' needs hedge_ratio and intercept")
        return fixed_spread(y, x, ratio, intercept, parameters.zscore_window)
    return rolling_spread(y, x, parameters.hedge_window, parameters.zscore_window)


def trading_start(index: pd.DatetimeIndex, parameters: SpreadParameters) -> int:
    """The first bar that may decide: its windows are full and, with ``method=fixed``, it is after ``fitted_until``.

    Notes
    -----
    Timing: depends on the parameters and the calendar alone, never on prices. At least ``len(index)`` where
    no bar may.
    """
    fitted = check_timestamp(parameters.fitted_until, name="fitted_until")
    if parameters.method is not HedgeMethod.FIXED or fitted is None:
        return parameters.warmup - 1
    return max(parameters.warmup - 1, int(index.searchsorted(fitted, side="right")))
