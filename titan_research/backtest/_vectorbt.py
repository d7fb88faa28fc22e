"""The only importer of vectorbt: replay a pair's shares as orders in one account with two legs."""

from __future__ import annotations

import functools
import importlib.util

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import ComputationFailed

__all__ = ["engine_name", "replay"]

Floats = npt.NDArray[np.float64]
Rate = float | Floats


@functools.lru_cache(maxsize=1)
def engine_name() -> str:
    """``rust`` where the compiled engine is installed, else ``numba``."""
    return "rust" if importlib.util.find_spec("vectorbt_rust") else "numba"


def replay(
    index: pd.DatetimeIndex,
    shares: Floats,
    closes: Floats,
    fills: Floats,
    *,
    commission: Rate,
    slippage: Rate,
    fixed_commission: Rate,
    capital: float,
    engine: str | None = None,
) -> Floats:
    """Equity of both legs in one cash group, without borrow.

    Parameters
    ----------
    shares, closes, fills : arrays (bars x 2), legs y and x: shares held after the fill of each bar, closes,
        fill prices
    commission, slippage, fixed_commission : one number, or an array (1 x 2) of one a leg
    capital : starting cash in dollars
    engine : "rust" or "numba"; None takes rust where it is installed

    Returns
    -------
    array (bars,): dollars at each close

    Notes
    -----
    vectorbt lends long legs no cash, so the account starts with what its orders will need at worst, and that
    is taken off again: what an account may carry is decided by the sizing, not by this replay. A rejected
    order raises.
    """
    import vectorbt as vbt

    orders = np.full_like(shares, np.nan)
    before = np.vstack([np.zeros((1, 2)), shares[:-1]])
    changed = (shares != before).any(axis=1)
    orders[changed] = shares[changed]
    ample = _shortfall(shares - before, np.where(changed[:, None], fills, 0.0), commission, slippage, fixed_commission)
    prices = pd.DataFrame(np.ascontiguousarray(closes), index=index)
    try:
        portfolio = vbt.Portfolio.from_orders(
            prices.ffill().fillna(1.0),
            pd.DataFrame(orders, index=index),
            size_type="targetamount",
            price=pd.DataFrame(np.where(np.isfinite(fills), fills, 1.0), index=index),
            fees=commission,
            slippage=slippage,
            fixed_fees=fixed_commission,
            init_cash=capital + ample,
            group_by=True,
            cash_sharing=True,
            call_seq="auto",
            allow_partial=False,
            raise_reject=True,
            freq="1D",
            engine=engine or engine_name(),
            max_orders=int(np.isfinite(orders).sum()) + 8,
        )
        value: Floats = portfolio.value().to_numpy(dtype=np.float64) - ample
    except Exception as error:
        raise ComputationFailed(f"vectorbt refused the orders: {error}") from error
    return value


def _shortfall(traded: Floats, fills: Floats, commission: Rate, slippage: Rate, fixed_commission: Rate) -> float:
    """Dollars that the account would borrow at worst if it began with none, and one order's value more."""
    paid = traded * fills * (1.0 + np.sign(traded) * slippage)
    spent = paid + np.abs(paid) * commission + (traded != 0) * fixed_commission
    return float(np.cumsum(spent.sum(axis=1)).max(initial=0.0) + np.abs(spent).max(initial=0.0))
