"""Unit-root and variance-ratio tests against statsmodels and arch."""

from __future__ import annotations

from inspect import signature

import numpy as np
import pytest
from arch.unitroot import VarianceRatio
from statsmodels.tsa.stattools import adfuller

from titan_research.pairs.mean_reversion import variance_ratio
from titan_research.pairs.unit_root import adf
from titan_research.types import Autolag, Trend

AS_TUPLE = {"result_object": False} if "result_object" in signature(adfuller).parameters else {}


@pytest.mark.parametrize("trend", list(Trend))
@pytest.mark.parametrize("autolag", list(Autolag))
@pytest.mark.parametrize(("n_obs", "drift"), [(40, False), (300, False), (2_000, True)])
def test_adf_equals_statsmodels(trend: Trend, autolag: Autolag, n_obs: int, drift: bool) -> None:
    walk = np.random.default_rng(3).standard_normal(n_obs).cumsum()
    if drift:
        walk = 4.0 + 0.001 * np.arange(n_obs) + 0.01 * walk
    rule = None if autolag is Autolag.NONE else autolag.value
    reference = adfuller(walk, regression=trend.value, autolag=rule, **AS_TUPLE)
    found = adf(walk, trend=trend, autolag=autolag)
    assert found.lags == reference[2]
    assert found.statistic == pytest.approx(reference[0], rel=1e-8)
    assert found.p_value == pytest.approx(reference[1], abs=1e-9)
    assert found.critical_value_5 == reference[4]["5%"]


@pytest.mark.parametrize("lags", [2, 5, 10])
def test_variance_ratio_equals_arch(lags: int) -> None:
    rng = np.random.default_rng(4)
    for series in (rng.standard_normal(800).cumsum(), rng.standard_normal(500)):
        reference = VarianceRatio(series, lags=lags)
        found = variance_ratio(series, lags=lags)
        assert found.variance_ratio == pytest.approx(reference.vr, rel=1e-12)
        assert found.statistic == pytest.approx(reference.stat, rel=1e-11)
        assert found.p_value == pytest.approx(reference.pvalue, rel=0, abs=1e-12)
