"""The jobs that the certificate runs: backtest, walk-forward and regimes, as dated decisions on synthetic prices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

import numpy as np
import pandas as pd

from titan_research.causality import CertificateResult, certify_pipeline
from titan_research.panel import Panel
from titan_research.parameters import (
    BacktestParameters,
    RegimeParameters,
    RuleParameters,
    SpreadParameters,
    WalkForwardParameters,
)
from titan_research.types import ExitReason, Field, SpreadKind

__all__ = ["CAUSAL_MODULES", "jobs", "register_all"]

CAUSAL_MODULES = (
    "titan_research.pairs.hedge",
    "titan_research.pairs.spread",
    "titan_research.backtest.rules",
    "titan_research.regimes.features",
    "titan_research.regimes.jump",
    "titan_research.regimes.rules",
    "titan_research.regimes.detector",
    "titan_research.signals",
)

_N_BARS = 900
_FORMATION, _TRADING = 300, 120


def register_all() -> None:
    """Import every module that registers a causal function."""
    for module in CAUSAL_MODULES:
        import_module(module)


def jobs(seed: int) -> list[Callable[[], CertificateResult]]:
    """One call a job; each gives its part of the certificate."""
    panel, opens = _prices(seed)
    legs, leg_opens = panel.select(panel.symbols[:2]), opens.select(opens.symbols[:2])
    border, late = _FORMATION + _TRADING, 3 * _TRADING // 4
    folds = [border, border + late, border + 2 * _TRADING + late]
    check = partial(certify_pipeline, seed=seed)
    log, price = _backtest(SpreadKind.LOG), _backtest(SpreadKind.PRICE)
    return [
        partial(check, partial(_backtest_orders, log), legs, name="backtest, close fills", n_cuts=3, settle=1),
        partial(
            check,
            partial(_backtest_orders, price),
            legs,
            leg_opens,
            name="backtest, open fills",
            n_cuts=3,
            settle=1,
        ),
        partial(check, _walk_forward_orders, panel, name="walk-forward orders", cuts=folds, settle=1),
        partial(check, _walk_forward_equity, panel, name="walk-forward equity", cuts=folds, settle=1),
        partial(check, _regime_labels, legs.select(legs.symbols[:1]), name="regime labels", n_cuts=2),
    ]


def _prices(seed: int) -> tuple[Panel, Panel]:
    """Closes with gaps, and opens near them, of two cointegrated pairs and two random walks."""
    from titan_research.synthetic import cointegrated_universe

    panel, _ = cointegrated_universe(2, 2, 2, _N_BARS, 8.0, seed)
    rng = np.random.default_rng([seed, 1])
    gaps = rng.random(panel.values.shape) < 0.003
    closes = np.where(gaps, np.nan, panel.values)
    opens = np.where(gaps, np.nan, panel.values * np.exp(0.003 * rng.standard_normal(panel.values.shape)))
    return Panel(closes, panel.index, panel.symbols), Panel(opens, panel.index, panel.symbols, Field.OPEN)


def _backtest(kind: SpreadKind) -> BacktestParameters:
    """Thresholds near each other, so that entries, reversions, stops and time exits all happen."""
    return BacktestParameters(
        spread=SpreadParameters(kind=kind, hedge_window=80, zscore_window=20),
        rules=RuleParameters(entry=1.2, exit=0.2, stop=2.2, max_holding=8),
    )


def _orders(trades: pd.DataFrame) -> pd.DataFrame:
    """Entries and exits of a trade table as dated decisions; exits that are forced by the end of data left out."""
    entries = pd.DataFrame(
        {
            "session": trades["decided"],
            "filled": trades["entry"],
            "order": "entry",
            **{name: trades[name] for name in ("side", "hedge_ratio", "shares_y", "shares_x", "entry_zscore")},
        }
    )
    left = trades[trades["reason"] != ExitReason.END_OF_DATA.value]
    exits = pd.DataFrame(
        {
            "session": left["exit_decided"],
            "filled": left["exit"],
            "order": left["reason"],
            **{name: left[name] for name in ("side", "hedge_ratio", "shares_y", "shares_x", "entry_zscore")},
        }
    )
    return pd.concat([entries, exits]).sort_values(["session", "filled"], kind="stable", ignore_index=True)


def _backtest_orders(parameters: BacktestParameters, panel: Panel, opens: Panel | None) -> pd.DataFrame:
    from titan_research.backtest.inputs import pair_arrays, spread_of
    from titan_research.backtest.ledger import simulate_pair, trade_frame

    y, x = panel.symbols
    pair = pair_arrays(panel, y, x, opens)
    ledger = simulate_pair(pair, spread_of(pair, parameters.spread), parameters, first=0, last=len(panel) - 1)
    return _orders(trade_frame(ledger, panel.index, parameters.sizing))


def _walk_forward() -> WalkForwardParameters:
    return WalkForwardParameters(
        formation=_FORMATION,
        trading=_TRADING,
        n_pairs=2,
        zscore_windows=(15, 30),
        entries=(1.0, 1.5),
        exits=(0.0, 0.5),
        backtest=_backtest(SpreadKind.LOG),
    )


def _walk_forward_orders(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    """Choices and orders of all folds, with the pair, the parameters and the last bar these were fitted on.

    A choice is dated with the last bar of its formation: whatever comes after must not change it.
    """
    from titan_research.calendar import periods_per_year
    from titan_research.walkforward._fold import combination_grid, trade_windows
    from titan_research.walkforward.splits import windows

    parameters = _walk_forward()
    grid, _ = combination_grid(parameters)
    found = list(windows(len(panel), train=parameters.formation, test=parameters.trading))
    parts: list[pd.DataFrame] = []
    for fold in trade_windows(panel, opens, found, None, parameters, periods_per_year(panel.interval)):
        for pair in fold.pairs:
            orders = _orders(pair.trades())
            chosen = {f"chosen_{name}": float(grid[name].iloc[pair.choice]) for name in grid.columns}
            fitted, begin = panel.index[fold.window.train.stop - 1], panel.index[fold.window.test.start]
            choice = pd.DataFrame({"session": [fitted], "filled": [begin], "order": ["choice"]})
            named = [orders.assign(fitted_until=fitted), choice]
            parts += [part.assign(y=pair.y, x=pair.x, **chosen) for part in named]
    return _sorted(parts)


def _sorted(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts).sort_values(["session", "filled", "y", "x"], kind="stable", ignore_index=True)


def _walk_forward_equity(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    from titan_research.walkforward.walk_forward import WalkForward

    equity = WalkForward(_walk_forward()).run(panel, opens=opens).equity
    return pd.DataFrame({"session": equity.index, "equity": equity.to_numpy()})


def _regime_labels(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    """Published labels, to be acted on at the next session with a price, and the fit that made each."""
    from titan_research.regimes.detector import RegimeDetector

    parameters = RegimeParameters(min_train=300, refit_every=63, n_starts=2, penalty=5.0)
    result = RegimeDetector(parameters).run(panel.series(panel.symbols[0]))
    known = result.labels[result.labels["state"] >= 0].rename_axis("session").reset_index()
    decided = known[["session", "state", "margin"]].assign(filled=known["session"].shift(-1))
    fits = result.refits[["session", "fitted_until"]]
    return pd.merge_asof(decided, fits, on="session")
