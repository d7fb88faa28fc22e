"""Engle-Granger numbers against statsmodels: statistic, p-value, lag, regression, half-life."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from inspect import signature

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.adfvalues import mackinnoncrit, mackinnonp
from statsmodels.tsa.stattools import adfuller, coint
from statsmodels.tsa.tsatools import add_trend
from threadpoolctl import threadpool_limits

from titan_research.pairs._mackinnon import critical_values, p_values
from titan_research.pairs.engle_granger import PairStatistics, default_maxlag, engle_granger_scan
from titan_research.types import Autolag, Trend

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-8
AS_TUPLE = {"result_object": False} if "result_object" in signature(adfuller).parameters else {}
TRENDS, AUTOLAGS = tuple(Trend), tuple(Autolag)


@pytest.fixture(autouse=True, scope="module")
def one_thread_of_linear_algebra() -> Iterator[None]:
    """Thousands of small regressions: threads that wait for each other on a busy machine take minutes."""
    with threadpool_limits(1):
        yield


@cache
def real_logs() -> Floats:
    source = files("skfolio.datasets.data").joinpath("sp500_dataset.csv.gz")
    with source.open("rb") as packed, gzip.open(packed) as text:
        frame = pd.read_csv(text, index_col=0, parse_dates=True)
    return np.log(frame.loc["2014-01-01":"2018-12-31"].to_numpy())


def rule(autolag: Autolag) -> str | None:
    return None if autolag is Autolag.NONE else autolag.value


def expected(y: Floats, x: Floats, trend: Trend, autolag: Autolag, maxlag: int | None) -> tuple[float, float, int]:
    """The two steps of coint, which does not tell its lag."""
    regressors = x[:, None] if trend is Trend.NONE else add_trend(x[:, None], trend.value)
    residual = OLS(y, regressors).fit().resid
    outcome = adfuller(residual, maxlag=maxlag, autolag=rule(autolag), regression="n", **AS_TUPLE)
    statistic = float(outcome[0])
    return statistic, mackinnonp(statistic, regression=trend.value, N=2), int(outcome[2])


def check(found: PairStatistics, k: int, reference: tuple[float, float, int]) -> None:
    statistic, p_value, lags = reference
    assert found.statistic[k] == pytest.approx(statistic, rel=0, abs=TOLERANCE)
    assert found.p_value[k] == pytest.approx(p_value, rel=0, abs=TOLERANCE)
    assert found.lags[k] == lags
    assert found.status[k] == 0


def made_up(kind: str, n: int, rng: np.random.Generator) -> Floats:
    steps = rng.standard_t(3, (n, 2)) + 0.05 if kind == "fat tails" else rng.standard_normal((n, 2))
    series = steps.cumsum(axis=0) + 5.0
    if kind == "cointegrated":
        error = np.zeros(n)
        for t in range(1, n):
            error[t] = 0.93 * error[t - 1] + rng.standard_normal()
        series[:, 0] = 2.0 + 0.7 * series[:, 1] + error
    return series


@pytest.mark.parametrize("part", range(5))
def test_every_ordered_pair_of_real_prices_equals_statsmodels(part: int) -> None:
    logs = real_logs()
    found = engle_granger_scan(logs)
    assert len(found) == 380
    for k in range(part, 380, 5):
        reference = expected(logs[:, found.y[k]], logs[:, found.x[k]], Trend.CONSTANT, Autolag.AIC, None)
        check(found, k, reference)


@pytest.mark.parametrize("trend", TRENDS)
@pytest.mark.parametrize("autolag", AUTOLAGS)
def test_coint_itself_agrees_for_every_trend_and_lag_rule(trend: Trend, autolag: Autolag) -> None:
    logs = real_logs()[-500:, :4]
    found = engle_granger_scan(logs, trend=trend, autolag=autolag)
    for k in range(len(found)):
        y, x = logs[:, found.y[k]], logs[:, found.x[k]]
        statistic, p_value, critical = coint(y, x, trend=trend.value, autolag=rule(autolag))
        assert found.statistic[k] == pytest.approx(statistic, rel=0, abs=TOLERANCE)
        assert found.p_value[k] == pytest.approx(p_value, rel=0, abs=TOLERANCE)
        np.testing.assert_allclose(critical_values(trend, 500), critical, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_random_lengths_lags_and_kinds_of_series_equal_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for trend in TRENDS:
        for autolag in AUTOLAGS:
            n = int(rng.choice([37, 41, 60, 61, 100, 252, 500, 503]))
            kind = str(rng.choice(["walk", "cointegrated", "fat tails"]))
            maxlag = None if rng.random() < 0.4 else int(rng.integers(0, 13))
            series = made_up(kind, n, rng)
            found = engle_granger_scan(series, trend=trend, autolag=autolag, maxlag=maxlag, min_obs=30)
            check(found, 0, expected(series[:, 0], series[:, 1], trend, autolag, maxlag))
            check(found, 1, expected(series[:, 1], series[:, 0], trend, autolag, maxlag))


@pytest.mark.parametrize("trend", TRENDS)
def test_ten_years_of_raw_levels_equal_statsmodels(trend: Trend) -> None:
    series = 100.0 * made_up("walk", 2520, np.random.default_rng(11))
    found = engle_granger_scan(series, trend=trend)
    check(found, 0, expected(series[:, 0], series[:, 1], trend, Autolag.AIC, None))


def test_gaps_late_starts_and_delistings_equal_coint_on_the_common_rows() -> None:
    logs = real_logs()[:700, :6].copy()
    logs[:150, 1] = np.nan
    logs[300:420, 2] = np.nan
    logs[600:, 3] = np.nan
    logs[[5, 77, 399], 4] = np.nan
    found = engle_granger_scan(logs)
    for k in range(len(found)):
        pair = logs[:, [found.y[k], found.x[k]]]
        pair = pair[~np.isnan(pair).any(axis=1)]
        assert found.n_obs[k] == len(pair)
        check(found, k, expected(pair[:, 0], pair[:, 1], Trend.CONSTANT, Autolag.AIC, None))


@pytest.mark.parametrize("trend", TRENDS)
def test_regression_and_half_life_equal_least_squares(trend: Trend) -> None:
    logs = real_logs()[:, :5]
    found = engle_granger_scan(logs, trend=trend)
    for k in range(len(found)):
        y, x = logs[:, found.y[k]], logs[:, found.x[k]]
        fit = OLS(y, x[:, None] if trend is Trend.NONE else add_trend(x[:, None], trend.value)).fit()
        intercept = 0.0 if trend is Trend.NONE else fit.params[1]
        assert found.hedge_ratio[k] == pytest.approx(fit.params[0], rel=1e-9)
        assert found.intercept[k] == pytest.approx(intercept, rel=1e-9, abs=1e-12)
        assert found.r_squared[k] == pytest.approx(fit.rsquared, rel=1e-10)
        lam = OLS(np.diff(fit.resid), add_trend(fit.resid[:-1, None], "c")).fit().params[0]
        assert found.half_life[k] == pytest.approx(-np.log(2) / np.log1p(lam), rel=1e-7)


@pytest.mark.parametrize("trend", TRENDS)
def test_p_values_equal_mackinnonp_bit_for_bit(trend: Trend) -> None:
    statistics = np.concatenate([np.linspace(-25, 3, 2801), [-np.inf, -2.62, -1.53, -3.19, -18.86, 0.92]])
    reference = [mackinnonp(value, regression=trend.value, N=2) for value in statistics]
    np.testing.assert_array_equal(p_values(statistics, trend), reference)
    assert np.isnan(p_values([np.nan], trend)).all()


@pytest.mark.parametrize("trend", [Trend.CONSTANT, Trend.CONSTANT_TREND])
@pytest.mark.parametrize("n_obs", [37, 252, 1260, 8313])
def test_critical_values_equal_mackinnoncrit(trend: Trend, n_obs: int) -> None:
    reference = mackinnoncrit(N=2, regression=trend.value, nobs=n_obs - 1)
    np.testing.assert_allclose(critical_values(trend, n_obs), reference, rtol=0, atol=1e-13)


def test_largest_lag_follows_the_rule_of_adfuller_for_every_length() -> None:
    lengths = np.arange(30, 20_000)
    reference = np.minimum(lengths // 2 - 1, np.ceil(12.0 * np.power(lengths / 100.0, 1 / 4.0))).astype(int)
    assert [default_maxlag(int(n)) for n in lengths] == reference.tolist()
