"""Many parameter sets over one pair, in one pass of the compiled simulator."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.inputs import PairArrays, spread_of
from titan_research.errors import InvalidParameters
from titan_research.parameters import CostParameters, SizingParameters, SpreadParameters

__all__ = ["MAX_COMBINATIONS", "SweepPaths", "check_count", "grid_frame", "sweep_pair"]

Floats = npt.NDArray[np.float64]

MAX_COMBINATIONS = 5_000_000
_MAX_CELLS = 1_500_000_000
_AXES = ("zscore_window", "entry", "exit", "stop")


class SweepPaths(NamedTuple):
    """``pnl`` (combinations x bars) after costs and ``turnover`` in dollars; ``bars_in``: bars with a position."""

    pnl: Floats
    turnover: Floats
    n_trades: npt.NDArray[np.int64]
    bars_in: npt.NDArray[np.int64]


def check_count(count: int, what: str) -> None:
    """Raise InvalidParameters when more than MAX_COMBINATIONS backtests are asked for."""
    if count > MAX_COMBINATIONS:
        raise InvalidParameters(
            f"{what} gives {count:,} combinations, the cap is {MAX_COMBINATIONS:,}; use fewer values",
            count=count,
        )


def grid_frame(grid: dict[str, list[float]]) -> pd.DataFrame:
    """Every combination of the axes zscore_window (or window), entry, exit, stop; the last axis runs fastest.

    Raises
    ------
    InvalidParameters : an unknown or empty axis, more combinations than the cap, or exit >= entry or entry >=
        stop
    """
    axes = {("zscore_window" if name == "window" else name): list(values) for name, values in grid.items()}
    unknown = sorted(set(axes) - set(_AXES))
    if unknown:
        raise InvalidParameters(f"unknown grid axes {unknown}; known are {list(_AXES)}")
    missing = [name for name in _AXES if not axes.get(name)]
    if missing:
        raise InvalidParameters(f"the grid needs at least one value for {missing}")
    count = math.prod(len(axes[name]) for name in _AXES)
    check_count(count, "the grid")
    frame = pd.MultiIndex.from_product([axes[name] for name in _AXES], names=_AXES).to_frame(index=False)
    frame = frame.astype({"zscore_window": np.int64, "entry": float, "exit": float, "stop": float})
    wrong = frame[(frame["exit"] >= frame["entry"]) | (frame["entry"] >= frame["stop"])]
    if len(wrong):
        row = wrong.iloc[0]
        raise InvalidParameters(
            f"need exit < entry < stop; the grid has exit={row.exit}, entry={row.entry}, stop={row.stop}"
        )
    return frame


def sweep_pair(
    pair: PairArrays,
    *,
    spread: SpreadParameters,
    grid: pd.DataFrame,
    max_holding: int | None,
    costs: CostParameters,
    sizing: SizingParameters,
    first: int,
    last: int,
) -> SweepPaths:
    """Trade every row of ``grid`` from bar ``first`` (flat) to bar ``last`` (closed there, with costs).

    Parameters
    ----------
    pair : prices of both legs; bars before ``first`` only warm the indicators up
    grid : columns zscore_window, entry, exit, stop (infinity or NaN = no stop)

    Notes
    -----
    Timing: decided at the close of t with bars up to t, filled at t + 1. Missing: see `simulate`.
    """
    from titan_research.backtest._kernel import simulate_grid

    n, count = len(pair.close_y), len(grid)
    if count > MAX_COMBINATIONS or count * n > _MAX_CELLS:
        raise InvalidParameters(
            f"{count:,} combinations x {n:,} bars need {count * n * 8 / 1e9:.1f} GB; the cap is "
            f"{_MAX_CELLS * 8 / 1e9:.0f} GB and {MAX_COMBINATIONS:,} combinations; use fewer values",
            count=count,
        )
    windows, window_of = np.unique(grid["zscore_window"].to_numpy(dtype=np.int64), return_inverse=True)
    spreads = [spread_of(pair, spread.replace(zscore_window=int(window))) for window in windows]
    paths = SweepPaths(
        pnl=np.zeros((count, n)),
        turnover=np.zeros(count),
        n_trades=np.zeros(count, dtype=np.int64),
        bars_in=np.zeros(count, dtype=np.int64),
    )
    simulate_grid(
        np.ascontiguousarray([item.zscore for item in spreads]),
        window_of.astype(np.int64),
        spreads[0].hedge_ratio,
        pair.close_y,
        pair.close_x,
        pair.fill_y,
        pair.fill_x,
        pair.days,
        spread.kind == "log",
        grid["entry"].to_numpy(dtype=np.float64),
        grid["exit"].to_numpy(dtype=np.float64),
        grid["stop"].fillna(np.inf).to_numpy(dtype=np.float64),
        max_holding or 0,
        costs.commission,
        costs.slippage,
        costs.fixed_commission,
        costs.borrow_rate,
        sizing.capital * sizing.gross_exposure,
        first,
        last,
        *paths,
    )
    return paths
