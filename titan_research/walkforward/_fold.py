"""One window of a walk-forward study: find the pairs, score the grid, choose, trade the choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.inputs import pair_arrays, spread_of
from titan_research.backtest.ledger import Ledger, simulate_pair, trade_frame
from titan_research.backtest.sweep import grid_frame, sweep_pair
from titan_research.errors import InsufficientData
from titan_research.pairs.tester import CointegrationTester
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, SizingParameters, WalkForwardParameters
from titan_research.walkforward.selection import choose
from titan_research.walkforward.splits import Window

__all__ = ["Fold", "PairFold", "combination_grid", "sharpe_ratios", "trade_windows"]

Floats = npt.NDArray[np.float64]

_CANDIDATE = ["y", "x", "p_value", "q_value", "half_life", "survives"]


@dataclass(frozen=True, slots=True, eq=False)
class PairFold:
    """One pair in one window. P&L: (grid rows + baseline, bars) in dollars; ``ledger`` of the choice,
    over ``sessions``, from the start of the formation to the end of the test.
    """

    y: str
    x: str
    p_value: float
    q_value: float
    half_life: float
    survives: bool
    choice: int
    train_pnl: Floats
    test_pnl: Floats
    parameters: BacktestParameters
    ledger: Ledger
    sessions: pd.DatetimeIndex

    @property
    def n_trades(self) -> int:
        return len(self.ledger.trades)

    def trades(self) -> pd.DataFrame:
        """One row a two-leg trade, dated."""
        return trade_frame(self.ledger, self.sessions, self.parameters.sizing)

    def outcomes(self) -> pd.DataFrame:
        """P&L in dollars and bars held of every trade."""
        from titan_research.backtest._kernel import TRADE_FIELDS

        book = dict(zip(TRADE_FIELDS, self.ledger.trades.T, strict=True))
        net = book["gross_pnl"] - book["commission"] - book["slippage"] - book["borrow"]
        return pd.DataFrame({"pnl": net, "bars": book["exit"] - book["entry"]})


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    window: Window
    n_survivors: int
    pairs: tuple[PairFold, ...]

    @property
    def n_test(self) -> int:
        return self.window.test.stop - self.window.test.start


def combination_grid(parameters: WalkForwardParameters) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """The grid with the default parameter set as one more row at the end, and the shape of the grid alone."""
    axes = (parameters.zscore_windows, parameters.entries, parameters.exits, parameters.stops)
    names = ("zscore_window", "entry", "exit", "stop")
    grid = grid_frame({name: list(values) for name, values in zip(names, axes, strict=True)})
    rules = parameters.backtest.rules
    baseline = pd.DataFrame(
        {
            "zscore_window": [parameters.backtest.spread.zscore_window],
            "entry": [rules.entry],
            "exit": [rules.exit],
            "stop": [math.inf if rules.stop is None else rules.stop],
        }
    )
    return pd.concat([grid, baseline], ignore_index=True), tuple(len(values) for values in axes)


def sharpe_ratios(pnl: Floats, periods: int) -> Floats:
    """Annualised Sharpe ratio of each row (trials, bars); NaN where a row never moved."""
    if pnl.shape[1] < 2:
        return np.full(len(pnl), np.nan)
    deviation = pnl.std(axis=1, ddof=1)
    moved = deviation > 1e-12 * np.abs(pnl).max(axis=1)
    return np.where(moved, pnl.mean(axis=1) / np.where(moved, deviation, 1.0) * math.sqrt(periods), np.nan)


def _candidates(
    formation: Panel, given: tuple[tuple[str, str], ...] | None, parameters: WalkForwardParameters
) -> tuple[int, pd.DataFrame]:
    """How many unordered pairs survive correction on the formation window, and the rows to trade."""
    tester = CointegrationTester(parameters.scan)
    empty = pd.DataFrame(columns=_CANDIDATE)
    if given is None:
        known = [symbol for symbol in formation.symbols if np.isfinite(formation.column(symbol)).any()]
        if len(known) < 2:
            return 0, empty
        ranked = tester.scan(formation.select(known)).best(len(known) ** 2)
        return int(ranked["survives"].sum()), ranked[_CANDIDATE].head(parameters.n_pairs)
    rows = [_tested(tester, formation, y, x) for y, x in given]
    table = pd.DataFrame(rows, columns=_CANDIDATE)
    return int(table["survives"].sum()), table


def _tested(tester: CointegrationTester, formation: Panel, y: str, x: str) -> dict[str, object]:
    """A given pair is one hypothesis: its q-value is its p-value."""
    row: dict[str, object] = {
        "y": y, "x": x, "p_value": math.nan, "q_value": math.nan, "half_life": math.nan, "survives": False
    }  # fmt: skip
    try:
        table = tester.scan(formation.select([y, x])).table
    except InsufficientData:
        return row
    found = table[table["y"] == y].iloc[0]
    p_value = float(found["p_value"])
    return row | {
        "p_value": p_value,
        "q_value": p_value,
        "half_life": float(found["half_life"]),
        "survives": p_value <= tester.parameters.alpha,
    }


def trade_windows(
    panel: Panel,
    opens: Panel | None,
    found: Sequence[Window],
    given: tuple[tuple[str, str], ...] | None,
    parameters: WalkForwardParameters,
    periods: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Fold]:
    """Every window on its own: nothing is handed from one to the next."""
    grid, shape = combination_grid(parameters)
    folds = []
    for done, window in enumerate(found, start=1):
        folds.append(_trade_fold(panel, opens, window, given, parameters, grid, shape, periods))
        if progress is not None:
            progress(done, len(found))
    return folds


def _trade_fold(
    panel: Panel,
    opens: Panel | None,
    window: Window,
    given: tuple[tuple[str, str], ...] | None,
    parameters: WalkForwardParameters,
    grid: pd.DataFrame,
    shape: tuple[int, ...],
    periods: int,
) -> Fold:
    """Choose on ``window.train`` and trade ``window.test``.

    Notes
    -----
    Timing: the scan and the sweep are handed the formation rows and nothing else. The trading run is handed the
    rows from the start of the formation to the end of the test, and is flat before the test.
    """
    train, test = window
    formation = panel.rows(train.start, train.stop)
    formation_opens = None if opens is None else opens.rows(train.start, train.stop)
    survivors, candidates = _candidates(formation, given, parameters)
    through = panel.rows(train.start, test.stop)
    through_opens = None if opens is None else opens.rows(train.start, test.stop)
    backtest = parameters.backtest
    warmup = max(backtest.spread.hedge_window, int(grid["zscore_window"].max())) - 1
    sizing = backtest.sizing.replace(capital=backtest.sizing.capital / max(1, len(candidates)))
    pairs = []
    for row in candidates.itertuples(index=False):
        train_pnl = _sweep(
            formation, formation_opens, row.y, row.x, backtest, sizing, grid, min(warmup, len(formation) - 2)
        )
        scores = sharpe_ratios(train_pnl, periods)
        choice = choose(scores, parameters.selection, shape=shape, fixed=len(grid) - 1)
        first = test.start - train.start
        test_pnl = _sweep(through, through_opens, row.y, row.x, backtest, sizing, grid, first)
        chosen = _chosen(backtest, grid, choice, sizing)
        pairs.append(
            PairFold(
                y=row.y,
                x=row.x,
                p_value=float(row.p_value),
                q_value=float(row.q_value),
                half_life=float(row.half_life),
                survives=bool(row.survives),
                choice=choice,
                train_pnl=train_pnl,
                test_pnl=test_pnl,
                parameters=chosen,
                ledger=_trade(through, through_opens, row.y, row.x, chosen, first),
                sessions=through.index,
            )
        )
    return Fold(window=window, n_survivors=survivors, pairs=tuple(pairs))


def _sweep(
    panel: Panel,
    opens: Panel | None,
    y: str,
    x: str,
    backtest: BacktestParameters,
    sizing: SizingParameters,
    grid: pd.DataFrame,
    first: int,
) -> Floats:
    """P&L (combinations, bars) of the rows from ``first`` on, flat before and closed at the last."""
    paths = sweep_pair(
        pair_arrays(panel, y, x, opens),
        spread=backtest.spread,
        grid=grid,
        max_holding=backtest.rules.max_holding,
        costs=backtest.costs,
        sizing=sizing,
        first=first,
        last=len(panel) - 1,
    )
    return paths.pnl[:, first - len(panel) :]


def _chosen(
    backtest: BacktestParameters, grid: pd.DataFrame, choice: int, sizing: SizingParameters
) -> BacktestParameters:
    row = grid.iloc[choice]
    stop = float(row["stop"])
    return backtest.replace(
        spread=backtest.spread.replace(zscore_window=int(row["zscore_window"])),
        rules=backtest.rules.replace(
            entry=float(row["entry"]), exit=float(row["exit"]), stop=stop if math.isfinite(stop) else None
        ),
        sizing=sizing,
    )


def _trade(panel: Panel, opens: Panel | None, y: str, x: str, chosen: BacktestParameters, first: int) -> Ledger:
    pair = pair_arrays(panel, y, x, opens)
    return simulate_pair(pair, spread_of(pair, chosen.spread), chosen, first=first, last=len(panel) - 1)
