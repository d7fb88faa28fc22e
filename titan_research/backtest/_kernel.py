"""The bar-by-bar simulation of two-leg trades, compiled; one arithmetic for one run and for a whole grid.

Per bar t: mark the shares held, fill what was decided earlier, mark to the close, decide. A decision at the close of t
is filled at t + 1 or at the first later bar where both legs have a fill price. The charge of a fill is that of
vectorbt: commission on the slipped price.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ENTRY_PENDING",
    "REASONS",
    "TRADE_FIELDS",
    "decide",
    "fillable_bars",
    "last_valid",
    "path_statistics",
    "simulate",
    "simulate_grid",
]

TRADE_FIELDS = (
    "side",
    "decided",
    "entry",
    "exit_decided",
    "exit",
    "reason",
    "hedge_ratio",
    "shares_y",
    "shares_x",
    "entry_zscore",
    "exit_zscore",
    "gross_pnl",
    "commission",
    "slippage",
    "borrow",
    "mae",
    "mfe",
    "gross_exposure",
)
REASONS = ("reversion", "stop", "time", "end_of_data")
ENTRY_PENDING = -1.0
_N_FIELDS = len(TRADE_FIELDS)


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def decide(zscore, position, lock, held, entry, exit_, stop, max_holding):  # type: ignore[no-untyped-def]
    """Return (position, lock, reason) after the close; reason is -1 unless a position is left.

    ``lock`` is the side that was stopped out; that side stays shut until |z| <= exit or z crosses to the other side.
    """
    if position == 0:
        if lock != 0 and (abs(zscore) <= exit_ or zscore * lock > 0.0):
            lock = 0
        if lock == 0 and entry <= abs(zscore) < stop:
            return (-1 if zscore > 0.0 else 1), 0, -1
        return 0, lock, -1
    adverse = -position * zscore
    if adverse >= stop:
        return 0, position, 1
    if adverse <= exit_:
        return 0, 0, 0
    if max_holding > 0 and held >= max_holding:
        return 0, 0, 2
    return position, 0, -1


@nb.njit(cache=True, nogil=True, error_model="numpy")
def last_valid(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last finite positive price up to each bar; NaN before the first one."""
    out = np.empty(prices.size)
    value = np.nan
    for t in range(prices.size):
        if np.isfinite(prices[t]) and prices[t] > 0.0:
            value = prices[t]
        out[t] = value
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def fillable_bars(fill_y: NDArray[np.float64], fill_x: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Bars where both legs can trade."""
    out = np.empty(fill_y.size, np.bool_)
    for t in range(fill_y.size):
        out[t] = np.isfinite(fill_y[t]) and fill_y[t] > 0.0 and np.isfinite(fill_x[t]) and fill_x[t] > 0.0
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _decidable(zscore, hedge_ratio, close_y, close_x):  # type: ignore[no-untyped-def]
    """The z-score where a decision can be sized (both closes and the hedge ratio are there), else NaN."""
    out = np.empty(zscore.size)
    for t in range(zscore.size):
        sound = np.isfinite(zscore[t]) and np.isfinite(hedge_ratio[t])
        sound = sound and np.isfinite(close_y[t]) and close_y[t] > 0.0
        out[t] = zscore[t] if sound and np.isfinite(close_x[t]) and close_x[t] > 0.0 else np.nan
    return out


@nb.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _charge(shares, price, commission, slippage, fixed_commission):  # type: ignore[no-untyped-def]
    """(commission, slippage) in dollars of one order."""
    if shares == 0.0:
        return 0.0, 0.0
    side = 1.0 if shares > 0.0 else -1.0
    value = abs(shares) * price
    return value * (1.0 + side * slippage) * commission + fixed_commission, value * slippage


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _walk(  # type: ignore[no-untyped-def]
    zscore, hedge_ratio, mark_y, mark_x, fill_y, fill_x, fillable, days, log_spread, entry, exit_, stop, max_holding,
    commission, slippage, fixed_commission, borrow_rate, notional, first, last, pnl, states, trades,
):  # fmt: skip
    """One path. ``states`` and ``trades`` are None when only the P&L per bar and the totals are wanted."""
    position, lock, decided, reason, exit_decided = 0, 0, -1, -1, -1
    holding = 0
    share_y, share_x, want_y, want_x, want_hedge = 0.0, 0.0, 0.0, 0.0, 0.0
    traded, borrowed, commissions, slippages = 0.0, 0.0, 0.0, 0.0
    n_trades, bars_held = 0, 0
    net, worst, best = 0.0, 0.0, 0.0
    previous_y, previous_x = mark_y[first], mark_x[first]
    for t in range(first, last + 1):
        now_y, now_x = mark_y[t], mark_x[t]
        gain = 0.0
        if holding != 0 or position != 0:
            fee, slip, lent = 0.0, 0.0, 0.0
            if holding != 0:
                lent = borrow_rate / 360.0 * days[t] * (
                    max(-share_y, 0.0) * previous_y + max(-share_x, 0.0) * previous_x
                )  # fmt: skip
            closing, opening = False, False
            move_y, move_x, at_y, at_x = 0.0, 0.0, now_y, now_x
            if position != holding and fillable[t] and (t < last or position == 0):
                closing, opening = holding != 0, position != 0
                at_y, at_x = fill_y[t], fill_x[t]
            elif t == last and holding != 0:
                closing, reason = True, 3
            if opening:
                move_y, move_x = want_y, want_x
            elif closing:
                move_y, move_x = -share_y, -share_x
            gross = share_y * (at_y - previous_y) + share_x * (at_x - previous_x)
            gross += (share_y + move_y) * (now_y - at_y) + (share_x + move_x) * (now_x - at_x)
            if opening or closing:
                fee_y, slip_y = _charge(move_y, at_y, commission, slippage, fixed_commission)
                fee_x, slip_x = _charge(move_x, at_x, commission, slippage, fixed_commission)
                fee, slip = fee_y + fee_x, slip_y + slip_x
                traded += abs(move_y) * at_y + abs(move_x) * at_x
            gain = gross - fee - slip - lent
            borrowed += lent
            commissions += fee
            slippages += slip
            if trades is not None:
                if opening:
                    row = trades[n_trades]
                    row[0], row[1], row[2], row[6] = position, decided, t, want_hedge
                    row[7], row[8], row[9] = want_y, want_x, zscore[decided]
                    row[17] = abs(want_y) * at_y + abs(want_x) * at_x
                    net, worst, best = 0.0, 0.0, 0.0
                if opening or holding != 0:
                    row = trades[n_trades]
                    row[11] += gross
                    row[12] += fee
                    row[13] += slip
                    row[14] += lent
                    net += gain
                    worst, best = min(worst, net), max(best, net)
                if closing:
                    row = trades[n_trades]
                    row[3] = exit_decided if position == 0 else t
                    row[4], row[5], row[15], row[16] = t, reason, worst, best
                    row[10] = zscore[exit_decided] if position == 0 else np.nan
            if opening:
                share_y, share_x, holding = want_y, want_x, position
            elif closing:
                share_y, share_x, holding, position = 0.0, 0.0, 0, 0
                n_trades += 1
        if holding != 0:
            bars_held += 1
        if t < last and (holding == 0 or position != 0) and not np.isnan(zscore[t]):
            before = position
            position, lock, why = decide(
                zscore[t], before, lock, t - decided, entry, exit_, stop, max_holding
            )  # fmt: skip
            if before == 0 and position != 0:
                decided, want_hedge = t, hedge_ratio[t]
                b = hedge_ratio[t]
                if log_spread:
                    want_y = position * notional / ((1.0 + abs(b)) * now_y)
                    want_x = -position * b * notional / ((1.0 + abs(b)) * now_x)
                else:
                    want_y = position * notional / (now_y + abs(b) * now_x)
                    want_x = -b * want_y
            elif before != 0 and position == 0:
                exit_decided, reason = t, why
        pnl[t - first] = gain
        previous_y, previous_x = now_y, now_x
        if states is not None:
            states[t - first, 0], states[t - first, 1], states[t - first, 2] = position, share_y, share_x
    return traded, n_trades, bars_held, commissions, slippages, borrowed


@nb.njit(cache=True, nogil=True, error_model="numpy")
def simulate(
    zscore: NDArray[np.float64],
    hedge_ratio: NDArray[np.float64],
    close_y: NDArray[np.float64],
    close_x: NDArray[np.float64],
    fill_y: NDArray[np.float64],
    fill_x: NDArray[np.float64],
    days: NDArray[np.float64],
    log_spread: bool,
    entry: float,
    exit_: float,
    stop: float,
    max_holding: int,
    commission: float,
    slippage: float,
    fixed_commission: float,
    borrow_rate: float,
    notional: float,
    first: int,
    last: int,
) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
]:
    """Trade one spread from row ``first`` (flat) to row ``last`` (closed).

    Parameters
    ----------
    zscore, hedge_ratio, close_y, close_x, fill_y, fill_x : one value a bar; NaN = none
    days : calendar days since the bar before
    stop : inf for none; ``max_holding`` : 0 for none
    notional : dollars of both legs together at entry
    first, last : rows, both included

    Returns
    -------
    pnl : dollars per bar of rows first..last, net of all costs
    position : what is decided after each close (-1, 0, 1)
    shares_y, shares_x : held at each close
    trades : one row a two-leg trade, columns ``TRADE_FIELDS``; rows of the panel, reason an index into ``REASONS``

    Notes
    -----
    Timing: a value at row t uses rows up to t; only the last row knows that it is the last (open trades are closed there).
    Missing: a NaN z-score, hedge ratio or close makes no decision; a fill waits until both legs have a fill price; marks
    use the last valid close.
    """
    n_bars = last - first + 1
    pnl = np.zeros(n_bars)
    states = np.zeros((n_bars, 3))
    trades = np.zeros((n_bars // 2 + 1, _N_FIELDS))
    _, n_trades, _, _, _, _ = _walk(
        _decidable(zscore, hedge_ratio, close_y, close_x), hedge_ratio, last_valid(close_y), last_valid(close_x),
        fill_y, fill_x, fillable_bars(fill_y, fill_x), days, log_spread, entry, exit_, stop, max_holding,
        commission, slippage, fixed_commission, borrow_rate, notional, first, last, pnl, states, trades,
    )  # fmt: skip
    return pnl, states[:, 0].copy(), states[:, 1].copy(), states[:, 2].copy(), trades[:n_trades].copy()


@nb.njit(cache=True, nogil=True, error_model="numpy")
def simulate_grid(  # type: ignore[no-untyped-def]
    zscores, window_of, hedge_ratio, close_y, close_x, fill_y, fill_x, days, log_spread, entries, exits, stops, max_holding,
    commission, slippage, fixed_commission, borrow_rate, notional, first, last,
):  # fmt: skip
    """Like ``simulate`` for many combinations of one pair.

    ``zscores`` (windows x bars); ``window_of``, ``entries``, ``exits``, ``stops``: one value a combination, ``window_of``
    the row of ``zscores``. Returns ``pnl`` (combinations x rows first..last) and ``totals`` (combinations x 6): dollars
    traded, trades, bars with a position, commission, slippage, borrow.
    """
    n_combinations = window_of.size
    pnl = np.empty((n_combinations, last - first + 1))
    totals = np.empty((n_combinations, 6))
    mark_y, mark_x = last_valid(close_y), last_valid(close_x)
    fillable = fillable_bars(fill_y, fill_x)
    sound = np.empty_like(zscores)
    for w in range(zscores.shape[0]):
        sound[w] = _decidable(zscores[w], hedge_ratio, close_y, close_x)
    for c in range(n_combinations):
        traded, n_trades, bars_held, commissions, slippages, borrowed = _walk(
            sound[window_of[c]], hedge_ratio, mark_y, mark_x, fill_y, fill_x, fillable, days, log_spread, entries[c],
            exits[c], stops[c], max_holding, commission, slippage, fixed_commission, borrow_rate, notional, first, last,
            pnl[c], None, None,
        )  # fmt: skip
        row = totals[c]
        row[0], row[1], row[2] = traded, n_trades, bars_held
        row[3], row[4], row[5] = commissions, slippages, borrowed
    return pnl, totals


@nb.njit(cache=True, nogil=True, error_model="numpy")
def path_statistics(pnl: NDArray[np.float64], capital: float) -> NDArray[np.float64]:
    """(combinations x 3) of P&L on ``capital``: mean, sample deviation (ddof 1) and worst drawdown of the equity."""
    n_paths, n_bars = pnl.shape
    out = np.empty((n_paths, 3))
    for c in range(n_paths):
        total, equity, peak, worst = 0.0, capital, capital, 0.0
        for t in range(n_bars):
            total += pnl[c, t]
            equity = capital + total
            peak = max(peak, equity)
            worst = min(worst, equity / peak - 1.0)
        mean = total / n_bars
        squares = 0.0
        for t in range(n_bars):
            squares += (pnl[c, t] - mean) ** 2
        out[c, 0] = mean / capital
        out[c, 1] = np.sqrt(squares / (n_bars - 1)) / capital
        out[c, 2] = worst
    return out
