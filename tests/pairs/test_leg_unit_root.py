"""The unit-root test of a leg: its size, its power, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.pairs.unit_root import adf
from titan_research.types import Autolag


def test_five_percent_means_five_percent_on_random_walks() -> None:
    rng = np.random.default_rng(12)
    results = [adf(rng.standard_normal(250).cumsum(), autolag=Autolag.NONE, maxlag=1) for _ in range(1_000)]
    assert 0.03 < np.mean([item.is_stationary(alpha=0.05) for item in results]) < 0.07


def test_a_stationary_series_is_told_from_its_own_sum() -> None:
    noise = np.random.default_rng(13).standard_normal(300)
    assert adf(noise).is_stationary(alpha=0.01)
    walk = adf(noise.cumsum())
    assert not walk.is_stationary(alpha=0.05)
    assert walk.null_hypothesis == "unit root"
    assert walk.critical_value_1 < walk.critical_value_5 < walk.critical_value_10


def test_gaps_are_left_out_and_what_cannot_be_tested_is_refused() -> None:
    noise = np.random.default_rng(14).standard_normal(100)
    assert adf(np.concatenate([[np.nan], noise, [np.nan]])) == adf(noise)
    with pytest.raises(InsufficientData, match="need 30"):
        adf(noise[:20])
    with pytest.raises(InvalidInput, match="not all the same"):
        adf(np.full(100, 2.0))
    with pytest.raises(InvalidInput, match="finite"):
        adf(np.where(noise > 2.0, np.inf, noise))
