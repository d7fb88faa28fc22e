"""The baseline that every regime model must beat: volatility against its own history, with hysteresis."""

from __future__ import annotations

import numpy as np
import pandas as pd

from titan_research.causality import causal
from titan_research.errors import InvalidInput
from titan_research.regimes._probe import probe_prices
from titan_research.regimes.features import WARMUP, check_prices, log_returns

__all__ = ["ENTER", "LEAVE", "volatility_rule"]

ENTER = 0.80
LEAVE = 0.60


@causal(probe=probe_prices)
def volatility_rule(
    prices: pd.Series,
    *,
    half_life: float = 20.0,
    enter: float = ENTER,
    leave: float = LEAVE,
    min_obs: int = WARMUP,
) -> pd.DataFrame:
    """Stress from the day volatility ranks in its top fifth until it falls below its 60th percentile.

    Parameters
    ----------
    prices : Series of float by session, positive
    half_life : of the EWMA volatility, in bars
    enter, leave : percentiles (fractions) of the volatility among all its past values, ``leave < enter``
    min_obs : bars before the first label

    Returns
    -------
    DataFrame by session: ``volatility`` (per bar, of log returns), ``percentile`` (fraction), ``rule_state``
    (0.0 calm, 1.0 stress, NaN unknown).

    Notes
    -----
    Timing: the row of session t uses sessions up to and including t; the baseline is expanding. Act at t + 1
    or later.
    Missing: sessions without a price get NaN and count in no window.
    """
    if not 0 < leave < enter < 1:
        raise InvalidInput(f"need 0 < leave < enter < 1; received leave={leave}, enter={enter}")
    prices = check_prices(prices)
    returns = log_returns(prices.dropna())
    volatility = np.sqrt((returns**2).ewm(halflife=half_life).mean())
    percentile = volatility.expanding(min_periods=min_obs).rank(pct=True)
    trigger = pd.Series(
        np.select([percentile >= enter, percentile <= leave], [1.0, 0.0], default=np.nan),
        index=percentile.index,
    )
    state = trigger.ffill().fillna(0.0).where(percentile.notna())
    table = pd.DataFrame({"volatility": volatility, "percentile": percentile, "rule_state": state})
    return table.reindex(prices.index)
