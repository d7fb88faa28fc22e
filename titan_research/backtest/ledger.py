"""One simulated pair: positions, costs and trades, and the statistics of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest import metrics as statistics
from titan_research.backtest.inputs import PairArrays
from titan_research.backtest.results import PerformanceMetrics
from titan_research.backtest.rules import EXIT_REASONS
from titan_research.pairs.spread import Spread
from titan_research.parameters import BacktestParameters, SizingParameters
from titan_research.types import SpreadKind

__all__ = ["Ledger", "performance", "simulate_pair", "trade_frame"]

Floats = npt.NDArray[np.float64]
_BY_BAR = ("pnl", "position", "shares_y", "shares_x", "costs", "fill_y", "fill_x")


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """One entry a bar; ``costs``: commission, slippage, borrow; ``trades``: the fields of the simulator."""

    pnl: Floats
    position: Floats
    shares_y: Floats
    shares_x: Floats
    costs: Floats
    fill_y: Floats
    fill_x: Floats
    trades: Floats
    turnover: float

    def since(self, first: int) -> Ledger:
        """The bars from ``first`` on; the trades still name rows of the panel."""
        cut = {name: getattr(self, name)[first:] for name in _BY_BAR}
        return replace(self, **cut)


def simulate_pair(
    pair: PairArrays,
    signals: Spread,
    parameters: BacktestParameters,
    *,
    first: int,
    last: int,
    flatten: bool = True,
) -> Ledger:
    """Trade one pair with one parameter set from bar ``first`` (flat) to ``last``; see `simulate`.

    Notes
    -----
    Timing: decided at the close of t, filled at t + 1. With ``flatten`` the book is closed at ``last``.
    Missing: bars without both prices fill nothing; the order waits.
    """
    from titan_research.backtest._kernel import TRADE_FIELDS, simulate

    n = len(pair.close_y)
    pnl, position, shares_y, shares_x = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    costs, trades = np.zeros((n, 3)), np.zeros((n // 2 + 2, len(TRADE_FIELDS)))
    rules, charges, sizing = parameters.rules, parameters.costs, parameters.sizing
    turnover, count = simulate(
        signals.zscore,
        signals.hedge_ratio,
        pair.close_y,
        pair.close_x,
        pair.fill_y,
        pair.fill_x,
        pair.days,
        parameters.spread.kind is SpreadKind.LOG,
        rules.entry,
        rules.exit,
        math.inf if rules.stop is None else rules.stop,
        rules.max_holding or 0,
        charges.commission,
        charges.slippage,
        charges.fixed_commission,
        charges.borrow_rate,
        sizing.capital * sizing.gross_exposure,
        first,
        last,
        flatten,
        pnl,
        position,
        shares_y,
        shares_x,
        costs,
        trades,
    )
    fill_y, fill_x = pair.fill_y, pair.fill_x
    if flatten and not (_valid(fill_y[last]) and _valid(fill_x[last])):
        fill_y, fill_x = fill_y.copy(), fill_x.copy()
        fill_y[last], fill_x[last] = _last_valid(pair.close_y, last), _last_valid(pair.close_x, last)
    return Ledger(pnl, position, shares_y, shares_x, costs, fill_y, fill_x, trades[:count], turnover)


def _valid(price: float) -> bool:
    return bool(np.isfinite(price)) and price > 0


def _last_valid(prices: Floats, last: int) -> float:
    rows = np.flatnonzero(np.isfinite(prices[: last + 1]) & (prices[: last + 1] > 0))
    return float(prices[rows[-1]]) if len(rows) else math.nan


def trade_frame(ledger: Ledger, index: pd.DatetimeIndex, sizing: SizingParameters) -> pd.DataFrame:
    """One row a two-leg trade: ``decided`` and ``exit_decided`` are closes, ``entry`` and ``exit`` fills."""
    from titan_research.backtest._kernel import TRADE_FIELDS

    frame = pd.DataFrame(ledger.trades, columns=list(TRADE_FIELDS))
    rows = {
        name: frame[name].to_numpy(dtype=np.int64) for name in ("decided", "entry", "exit_decided", "exit", "reason")
    }
    net = frame["gross_pnl"] - frame["commission"] - frame["slippage"] - frame["borrow"]
    return pd.DataFrame(
        {
            "side": frame["side"].to_numpy(dtype=np.int64),
            **{name: index[rows[name]] for name in ("decided", "entry", "exit_decided", "exit")},
            "bars": rows["exit"] - rows["entry"],
            "reason": pd.Series([EXIT_REASONS[code].value for code in rows["reason"]], dtype="str"),
            **{
                name: frame[name]
                for name in (
                    "hedge_ratio", "shares_y", "shares_x", "entry_zscore", "exit_zscore", "gross_pnl",
                    "commission", "slippage", "borrow",
                )
            },
            "pnl": net,
            "return_on_gross": net / (sizing.capital * sizing.gross_exposure),
            "mae": frame["mae"],
            "mfe": frame["mfe"],
        }
    )  # fmt: skip


def performance(
    pnl: Floats, trades: pd.DataFrame, ledger: Ledger, *, capital: float, periods: int
) -> PerformanceMetrics:
    """The statistics of daily P&L on committed capital, and of the trades."""
    returns = pnl / capital
    equity = np.concatenate([[capital], capital + np.cumsum(pnl)])
    n = len(returns)
    sharpe = statistics.period_sharpe_ratio(returns)
    skew, kurt = statistics.skewness(returns), statistics.kurtosis(returns)
    total = float(equity[-1] / capital - 1.0)
    yearly = total / n * periods
    deepest = statistics.max_drawdown(equity)
    won, lost = float(trades["pnl"].clip(lower=0).sum()), float(-trades["pnl"].clip(upper=0).sum())
    error = statistics.sharpe_ratio_error(sharpe, n_obs=n, skew=skew, kurt=kurt)
    return PerformanceMetrics(
        total_return=total,
        annualized_return=yearly,
        annualized_volatility=statistics.annualized_volatility(returns, periods_per_year=periods),
        sharpe_ratio=sharpe * math.sqrt(periods),
        sharpe_ratio_se=error * math.sqrt(periods),
        sortino_ratio=statistics.sortino_ratio(returns, periods_per_year=periods),
        calmar_ratio=yearly / -deepest if deepest < 0 else math.nan,
        max_drawdown=deepest,
        probabilistic_sharpe_ratio=statistics.probabilistic_sharpe_ratio(sharpe, n_obs=n, skew=skew, kurt=kurt),
        skewness=skew,
        kurtosis=kurt,
        n_trades=len(trades),
        win_rate=float((trades["pnl"] > 0).mean()) if len(trades) else math.nan,
        profit_factor=won / lost if lost > 0 else math.nan,
        average_holding=float(trades["bars"].mean()) if len(trades) else math.nan,
        turnover=ledger.turnover / capital / n * periods,
        time_in_market=float((ledger.shares_y != 0).mean()),
        commission=float(ledger.costs[:, 0].sum()),
        slippage=float(ledger.costs[:, 1].sum()),
        borrow=float(ledger.costs[:, 2].sum()),
        periods_per_year=periods,
        n_obs=n,
    )
