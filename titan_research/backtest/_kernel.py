"""The pair simulator, compiled: decides at the close of t, fills at t + 1, keeps both legs together."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["TRADE_FIELDS", "decide", "decide_all", "simulate", "simulate_grid"]

TRADE_FIELDS = (
    "side", "decided", "entry", "exit_decided", "exit", "reason", "hedge_ratio", "shares_y", "shares_x",
    "entry_zscore", "exit_zscore", "gross_pnl", "commission", "slippage", "borrow", "mae", "mfe",
)  # fmt: skip

REVERSION, STOP, TIME, END = 0, 1, 2, 3


@njit(cache=True, nogil=True, error_model="numpy")
def decide(z, position, lock, held, entry, exit_, stop, max_holding):  # type: ignore[no-untyped-def]
    """The next position, the next lock and the reason of an exit (-1: none).

    ``lock`` is the side that was stopped out; it opens again when |z| <= exit or z has crossed to the other
    side.
    """
    if not np.isfinite(z):
        return position, lock, -1
    if position == 0:
        if lock != 0 and (abs(z) <= max(exit_, 0.0) or z * lock > 0.0):
            lock = 0
        if lock == 0 and entry <= abs(z) < stop:
            return (-1 if z > 0.0 else 1), lock, -1
        return 0, lock, -1
    adverse = -position * z
    if adverse >= stop:
        return 0, position, STOP
    if adverse <= exit_:
        return 0, 0, REVERSION
    if max_holding > 0 and held >= max_holding:
        return 0, 0, TIME
    return position, lock, -1


@njit(cache=True, nogil=True, error_model="numpy")
def decide_all(zscore, entry, exit_, stop, max_holding):  # type: ignore[no-untyped-def]
    """`decide` along a series that starts flat: the position after each close and the reason of an exit (-1:
    none)."""
    positions, reasons = np.zeros(zscore.size, np.int64), np.full(zscore.size, -1)
    position, lock, held = 0, 0, 0
    for t in range(zscore.size):
        held = held + 1 if position != 0 else 0
        wanted, lock, reasons[t] = decide(zscore[t], position, lock, held, entry, exit_, stop, max_holding)
        if wanted != position:
            position, held = wanted, 0
        positions[t] = position
    return positions, reasons


@njit(cache=True, nogil=True, error_model="numpy")
def _valid(price):  # type: ignore[no-untyped-def]
    return np.isfinite(price) and price > 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _shares(position, beta, py, px, log_spread, notional):  # type: ignore[no-untyped-def]
    if log_spread:
        unit = notional / (1.0 + abs(beta))
        return position * unit / py, -position * beta * unit / px
    unit = notional / (py + abs(beta) * px)
    return position * unit, -position * beta * unit


@njit(cache=True, nogil=True, error_model="numpy")
def _marks(close, fill):  # type: ignore[no-untyped-def]
    """The last valid close so far (NaN before there is one), where the close is valid, and where the fill is."""
    n = close.size
    mark, seen, fillable = np.empty(n), np.empty(n, np.bool_), np.empty(n, np.bool_)
    last = np.nan
    for t in range(n):
        seen[t], fillable[t] = _valid(close[t]), _valid(fill[t])
        if seen[t]:
            last = close[t]
        mark[t] = last
    return mark, seen, fillable


@njit(cache=True, nogil=True, error_model="numpy")
def _path(  # type: ignore[no-untyped-def]
    zscore, hedge_ratio, mark_y, mark_x, sees, fillable, fill_y, fill_x, days, log_spread, entry, exit_, stop,
    max_holding, commission, slippage, fixed_commission, borrow_rate, notional, first, last, flatten, pnl,
    states, costs, trades,
):  # fmt: skip
    """See `simulate`. ``states`` (rows x 3: position, shares_y, shares_x), ``costs`` and ``trades`` are None
    in a grid.

    Returns (turnover in dollars, number of trades, bars with a position).
    """
    target, held_bars, lock, entry_row = 0, 0, 0, -1
    qy, qx, ty, tx = 0.0, 0.0, 0.0, 0.0
    my, mx = np.nan, np.nan
    holding, pending = False, False
    decided, exit_decided, reason, side, beta_in, z_in, z_out = -1, -1, -1, 0, np.nan, np.nan, np.nan
    gross, fees, slips, carry, worst, best = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    turnover, n_trades, bars_in = 0.0, 0, 0
    for t in range(first, last + 1):
        bar, cy, cx = 0.0, mark_y[t], mark_x[t]
        if holding or pending:
            moved, fee, slip, owed, closed = 0.0, 0.0, 0.0, 0.0, False
            oy, ox, fills = fill_y[t], fill_x[t], fillable[t]
            if flatten and t == last:
                if holding and target != 0:
                    exit_decided, reason, z_out = t, END, zscore[t]
                target, ty, tx, pending = 0, 0.0, 0.0, holding
                oy = oy if _valid(oy) else cy
                ox = ox if _valid(ox) else cx
                fills = True
            if holding:
                owed = borrow_rate / 360.0 * days[t] * (max(-qy, 0.0) * my + max(-qx, 0.0) * mx)
            if pending and fills:
                dy, dx = ty - qy, tx - qx
                traded = abs(dy) * oy + abs(dx) * ox
                fee = commission * (
                    abs(dy) * oy * (1.0 + (slippage if dy > 0.0 else -slippage))
                    + abs(dx) * ox * (1.0 + (slippage if dx > 0.0 else -slippage))
                )
                fee += fixed_commission * ((1.0 if dy != 0.0 else 0.0) + (1.0 if dx != 0.0 else 0.0))
                slip = traded * slippage
                if holding:
                    moved = qy * (oy - my) + qx * (ox - mx)
                moved += ty * (cy - oy) + tx * (cx - ox)
                turnover += traded
                closed, holding, pending = holding, not holding, False
                qy, qx = ty, tx
                if holding:
                    entry_row = t
            elif holding:
                moved = qy * (cy - my) + qx * (cx - mx)
            bar = moved - fee - slip - owed
            if costs is not None:
                costs[t, 0], costs[t, 1], costs[t, 2] = fee, slip, owed
            if holding:
                bars_in += 1
            if trades is not None:
                gross, fees, slips, carry = gross + moved, fees + fee, slips + slip, carry + owed
                net = gross - fees - slips - carry
                worst, best = min(worst, net), max(best, net)
                if closed:
                    row = trades[n_trades]
                    row[0], row[1], row[2], row[3], row[4], row[5] = side, decided, entry_row, exit_decided, t, reason
                    row[6], row[9], row[10], row[11] = beta_in, z_in, z_out, gross
                    row[12], row[13], row[14], row[15], row[16] = fees, slips, carry, worst, best
            if closed:
                n_trades += 1
        my, mx = cy, cx
        pnl[t] = bar
        if t < last or not flatten:
            held_bars += 1
            wanted, lock, why = decide(zscore[t], target, lock, held_bars, entry, exit_, stop, max_holding)
            if wanted != target:
                if wanted == 0:
                    target, pending = 0, holding
                    if holding:
                        ty, tx, exit_decided, reason, z_out = 0.0, 0.0, t, why, zscore[t]
                elif sees[t] and not holding and np.isfinite(hedge_ratio[t]) and (t + 1 < last or not flatten):
                    beta = hedge_ratio[t]
                    target, held_bars, pending = wanted, 0, True
                    ty, tx = _shares(target, beta, cy, cx, log_spread, notional)
                    decided, exit_decided, reason, side, beta_in, z_in, z_out = (
                        t,
                        -1,
                        -1,
                        target,
                        beta,
                        zscore[t],
                        np.nan,
                    )
                    gross, fees, slips, carry, worst, best = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
                    if trades is not None:
                        trades[n_trades, 7], trades[n_trades, 8] = ty, tx
        if states is not None:
            states[t, 0], states[t, 1], states[t, 2] = target, qy, qx
    return turnover, n_trades, bars_in


@njit(cache=True, nogil=True, error_model="numpy")
def simulate(  # type: ignore[no-untyped-def]
    zscore, hedge_ratio, close_y, close_x, fill_y, fill_x, days, log_spread, entry, exit_, stop, max_holding,
    commission, slippage, fixed_commission, borrow_rate, notional, first, last, flatten, pnl, position, shares_y,
    shares_x, costs, trades,
):  # fmt: skip
    """Trade one pair with one parameter set from row ``first`` (flat) to row ``last``.

    With ``flatten`` the book is closed at row ``last``, with costs, and nothing is entered that would be
    filled there;
    without it the last row decides like any other and what is open stays open. A decision at the close of t is filled
    at the first later row where both fill prices are valid. P&L of a bar = old shares (fill - previous close) + new
    shares (close - fill) - fee - slippage - borrow; the fee is charged on the slipped price. Shares are
    fixed when the
    decision is made, with the closes and hedge ratio of that bar.

    Outputs, written in place (rows x): pnl, position (decided at this close), shares_y, shares_x (held at
    this close),
    costs (commission, slippage, borrow), trades (rows of TRADE_FIELDS). Returns (turnover in dollars, trades).
    """
    mark_y, seen_y, fills_y = _marks(close_y, fill_y)
    mark_x, seen_x, fills_x = _marks(close_x, fill_x)
    states = np.zeros((close_y.size, 3))
    turnover, n_trades, _ = _path(
        zscore, hedge_ratio, mark_y, mark_x, seen_y & seen_x, fills_y & fills_x, fill_y, fill_x, days, log_spread,
        entry, exit_, stop, max_holding, commission, slippage, fixed_commission, borrow_rate, notional,
        first, last, flatten,
        pnl, states, costs, trades,
    )  # fmt: skip
    for t in range(first, last + 1):
        position[t], shares_y[t], shares_x[t] = states[t, 0], states[t, 1], states[t, 2]
    return turnover, n_trades


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_grid(  # type: ignore[no-untyped-def]
    zscores, window_of, hedge_ratio, close_y, close_x, fill_y, fill_x, days, log_spread, entries, exits, stops,
    max_holding, commission, slippage, fixed_commission, borrow_rate, notional, first, last, pnl, turnover, n_trades,
    bars_in,
):  # fmt: skip
    """`simulate` for every combination, without positions and trades; the same arithmetic, bit for bit.

    ``zscores`` (windows x bars), ``window_of`` the row of each combination.
    """
    mark_y, seen_y, fills_y = _marks(close_y, fill_y)
    mark_x, seen_x, fills_x = _marks(close_x, fill_x)
    sees, fillable = seen_y & seen_x, fills_y & fills_x
    for c in range(entries.size):
        turnover[c], n_trades[c], bars_in[c] = _path(
            zscores[window_of[c]], hedge_ratio, mark_y, mark_x, sees, fillable, fill_y, fill_x, days, log_spread,
            entries[c], exits[c], stops[c], max_holding, commission, slippage, fixed_commission, borrow_rate,
            notional,
            first, last, True, pnl[c], None, None, None,
        )  # fmt: skip
