"""Calls on which the no-look-ahead certificate tries the functions of this package."""

from __future__ import annotations

import numpy as np
import pandas as pd

from titan_research.synthetic import regime_path

__all__ = ["probe_prices", "probe_series"]


def probe_series(rng: np.random.Generator, n: int) -> pd.Series:
    """A path with short regimes, so that labels change often, and some sessions without a price."""
    prices, _ = regime_path(n, int(rng.integers(2**31)), durations=(80.0, 40.0))
    return prices.mask(rng.random(n) < 0.01)


def probe_prices(rng: np.random.Generator, n: int) -> tuple[pd.Series]:
    return (probe_series(rng, n),)
