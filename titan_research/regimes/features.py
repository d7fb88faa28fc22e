"""What a regime model looks at: four causal features of one price series, and their standardiser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.causality import causal
from titan_research.errors import InvalidInput
from titan_research.regimes._probe import probe_prices

__all__ = [
    "FEATURES",
    "MODEL_FEATURES",
    "WARMUP",
    "Standardizer",
    "check_prices",
    "log_returns",
    "regime_features",
]

Floats = npt.NDArray[np.float64]

FEATURES = ("downside_deviation", "sortino", "volatility", "trend")
MODEL_FEATURES = ("downside_deviation", "sortino", "volatility")
WARMUP = 200
_DOWNSIDE_HALF_LIFE = 10
_HALF_LIFE = 20
_FLOOR = 1e-6
_CLIP = 3.0


def check_prices(prices: pd.Series) -> pd.Series:
    """Return the prices as float64 on a strictly increasing UTC index, or raise; NaN means no bar."""
    if not isinstance(prices, pd.Series) or not isinstance(prices.index, pd.DatetimeIndex):
        raise InvalidInput(
            f"prices: expected a Series indexed by session, received {type(prices).__name__}; use panel.series(symbol)"
        )
    index = prices.index.tz_localize("UTC") if prices.index.tz is None else prices.index.tz_convert("UTC")
    if not (index.is_monotonic_increasing and index.is_unique):
        raise InvalidInput("prices: expected strictly increasing sessions; sort and drop repeats first")
    values = prices.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero((values <= 0) | np.isinf(values))
    if len(wrong):
        raise InvalidInput(
            f"prices: expected positive finite numbers, received {values[wrong[0]]} "
            f"on {index[wrong[0]]:%Y-%m-%d}; use raw or total-return closes"
        )
    return pd.Series(values, index=index.as_unit("us").rename("session"), name=prices.name)


@causal(probe=probe_prices)
def log_returns(prices: pd.Series) -> pd.Series:
    """Log return of every bar over the bar before it; the first is NaN."""
    return np.log(prices).diff()


@causal(probe=probe_prices)
def regime_features(prices: pd.Series) -> pd.DataFrame:
    """Compute the features that calm and stressed markets differ in.

    Parameters
    ----------
    prices : Series of float by session, positive

    Returns
    -------
    DataFrame (sessions x 4), dimensionless: ``downside_deviation`` log of the EWMA downside deviation of log
    returns (half-life 10 bars); ``sortino`` EWMA mean over EWMA downside deviation (half-life 20);
    ``volatility`` log of the EWMA root mean square return (half-life 20); ``trend`` price over its 200-bar
    mean, minus 1. Models use the first three: on simulated paths with known regimes the trend lowered the
    balanced accuracy from .84 to .79.

    Notes
    -----
    Timing: the row of session t uses sessions up to and including t. Act on it at t + 1 or later.
    Missing: sessions without a price are left out of every window and get a row of NaN, as do the first 199
    bars.
    Source: the feature set of Shu, Yu and Mulvey (2024), arXiv 2402.05272, with volatility and trend added.
    """
    prices = check_prices(prices)
    bars = prices.dropna()
    returns = log_returns(bars)
    losses = returns.clip(upper=0.0) ** 2
    downside = np.sqrt(losses.ewm(halflife=_DOWNSIDE_HALF_LIFE).mean()).clip(lower=_FLOOR)
    slow_downside = np.sqrt(losses.ewm(halflife=_HALF_LIFE).mean()).clip(lower=_FLOOR)
    volatility = np.sqrt((returns**2).ewm(halflife=_HALF_LIFE).mean()).clip(lower=_FLOOR)
    features = pd.DataFrame(
        {
            "downside_deviation": np.log(downside),
            "sortino": returns.ewm(halflife=_HALF_LIFE).mean() / slow_downside,
            "volatility": np.log(volatility),
            "trend": bars / bars.rolling(WARMUP).mean() - 1.0,
        }
    )
    features.iloc[: WARMUP - 1] = np.nan
    return features.reindex(prices.index)


@dataclass(frozen=True, slots=True, eq=False)
class Standardizer:
    """Mean and standard deviation of the training rows; whatever comes later is measured with them.

    Timing: knows the rows it was fitted on and nothing else. Missing: rows of NaN stay NaN.
    """

    mean: Floats
    scale: Floats

    @classmethod
    def fit(cls, train: Floats) -> Standardizer:
        """Fit on (bars x features) without missing rows; a constant feature keeps scale 1."""
        rows = np.ascontiguousarray(train, dtype=np.float64)
        scale = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(scale > 0, scale, 1.0))

    def transform(self, rows: Floats) -> Floats:
        """Standard scores, clipped to three deviations on either side."""
        return np.ascontiguousarray(np.clip((rows - self.mean) / self.scale, -_CLIP, _CLIP))
