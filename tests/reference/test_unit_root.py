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
def test_adf_equals_statsmodels(trend: Trend, autolag: Autolag) -> None:
    walk = np.random.default_rng(3).standard_normal(300).cumsum()
    rule = None if autolag is Autolag.NONE else autolag.value
    reference = adfuller(walk, regression=trend.value, autolag=rule, **AS_TUPLE)
    found = adf(walk, trend=trend, autolag=autolag)
    assert (found.statistic, found.p_value, found.lags) == reference[:3]
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
