"""Least squares against statsmodels, over a sample and rolling."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.rolling import RollingOLS
from statsmodels.tools import add_constant

from titan_research.errors import InsufficientData
from titan_research.pairs.hedge import ols, rolling_ols
from titan_research.panel import Panel


def test_ols_equals_statsmodels_and_leaves_gaps_out(five_years: Panel) -> None:
    y, x = np.log(five_years.column("KO")).copy(), np.log(five_years.column("PEP"))
    y[[3, 400]] = np.nan
    kept = np.isfinite(y)
    reference = OLS(y[kept], add_constant(x[kept])).fit()
    found = ols(y, x)
    assert found.hedge_ratio == pytest.approx(reference.params[1], rel=1e-10)
    assert found.intercept == pytest.approx(reference.params[0], rel=1e-9)
    assert found.r_squared == pytest.approx(reference.rsquared, rel=1e-10)
    assert found.standard_error == pytest.approx(reference.bse[1], rel=1e-9)
    assert found.n_obs == kept.sum()


def test_ols_on_a_constant_leg_has_no_slope_and_on_two_bars_is_refused() -> None:
    assert np.isnan(ols([1.0, 2.0, 4.0], [0.1, 0.1, 0.1]).hedge_ratio)
    with pytest.raises(InsufficientData, match="2 common bars"):
        ols([1.0, 2.0, np.nan], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("window", [3, 20, 63, 252])
def test_rolling_ols_equals_statsmodels(window: int) -> None:
    rng = np.random.default_rng(9)
    x = rng.standard_normal(600)
    y = 0.5 + 1.3 * x + rng.standard_normal(600)
    reference = RollingOLS(y, add_constant(x), window=window).fit().params
    found = rolling_ols(y, x, window)
    tolerance = 1e-4 if window == 3 else 1e-9
    np.testing.assert_allclose(found.hedge_ratio, reference[:, 1], rtol=tolerance, atol=1e-9)
    np.testing.assert_allclose(found.intercept, reference[:, 0], rtol=tolerance, atol=1e-9)
