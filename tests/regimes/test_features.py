"""Regime features: what they measure, what they refuse, and that they do not look ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.causality import certify
from titan_research.errors import InvalidInput
from titan_research.regimes.features import (
    FEATURES,
    WARMUP,
    Standardizer,
    check_prices,
    log_returns,
    regime_features,
)
from titan_research.synthetic import regime_path


@pytest.fixture(scope="module")
def prices() -> pd.Series:
    return regime_path(1_200, seed=3)[0]


def test_the_warm_up_is_missing_and_everything_after_it_is_known(prices: pd.Series) -> None:
    features = regime_features(prices)
    assert tuple(features.columns) == FEATURES
    assert features.iloc[: WARMUP - 1].isna().all(axis=None)
    assert np.isfinite(features.iloc[WARMUP - 1 :].to_numpy()).all()


def test_volatility_is_an_exponentially_weighted_root_mean_square(prices: pd.Series) -> None:
    returns = np.log(prices).diff().to_numpy()[1:]
    weights = 0.5 ** (np.arange(len(returns))[::-1] / 20.0)
    by_hand = 0.5 * np.log((weights * returns**2).sum() / weights.sum())
    assert regime_features(prices)["volatility"].iloc[-1] == pytest.approx(by_hand, rel=1e-12)


def test_downside_deviation_and_sortino_are_what_their_formulas_say(prices: pd.Series) -> None:
    returns = np.log(prices).diff().to_numpy()[1:]
    ages = np.arange(len(returns))[::-1]
    fast, slow = 0.5 ** (ages / 10.0), 0.5 ** (ages / 20.0)
    losses = np.minimum(returns, 0.0) ** 2
    last = regime_features(prices).iloc[-1]
    assert last["downside_deviation"] == pytest.approx(0.5 * np.log((fast * losses).sum() / fast.sum()), rel=1e-12)
    sortino = ((slow * returns).sum() / slow.sum()) / np.sqrt((slow * losses).sum() / slow.sum())
    assert last["sortino"] == pytest.approx(sortino, rel=1e-10)
    assert last["trend"] == pytest.approx(prices.iloc[-1] / prices.iloc[-200:].mean() - 1, rel=1e-12)


def test_sessions_without_a_price_are_as_if_they_had_not_been(prices: pd.Series) -> None:
    gaps = prices.copy()
    gaps.iloc[[5, 400, 401, 900]] = np.nan
    features = regime_features(gaps)
    assert features.iloc[[5, 400, 401, 900]].isna().all(axis=None)
    pd.testing.assert_frame_equal(features.drop(gaps.index[gaps.isna()]), regime_features(gaps.dropna()))


def test_a_price_that_never_moves_gives_finite_features() -> None:
    index = pd.bdate_range("2000-01-03", periods=300, tz="UTC")
    features = regime_features(pd.Series(50.0, index=index))
    assert np.isfinite(features.iloc[WARMUP:].to_numpy()).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.to_numpy(), "Series indexed by session"),
        (lambda p: p.iloc[::-1], "strictly increasing"),
        (lambda p: p.mask(p.index == p.index[7], -1.0), "positive finite"),
        (lambda p: p.mask(p.index == p.index[7], np.inf), "positive finite"),
    ],
)
def test_prices_that_cannot_be_prices_are_refused(prices: pd.Series, change, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        check_prices(change(prices))


def test_naive_sessions_become_utc_labels(prices: pd.Series) -> None:
    naive = prices.tz_localize(None)
    pd.testing.assert_series_equal(check_prices(naive), check_prices(prices), check_freq=False)


def test_the_standardiser_knows_its_training_rows_only(prices: pd.Series) -> None:
    rows = regime_features(prices).dropna().to_numpy()
    standardizer = Standardizer.fit(rows[:500])
    scores = standardizer.transform(rows)
    unclipped = np.abs(rows[:500] - standardizer.mean) <= 3 * standardizer.scale
    assert scores[:500][unclipped] == pytest.approx(
        ((rows[:500] - rows[:500].mean(axis=0)) / rows[:500].std(axis=0))[unclipped], abs=1e-12
    )
    assert np.abs(scores).max() <= 3.0
    assert Standardizer.fit(np.ones((5, 2))).transform(np.ones((5, 2))).tolist() == [[0.0, 0.0]] * 5


@pytest.mark.parametrize("function", [regime_features, log_returns])
def test_features_do_not_look_ahead(function) -> None:
    certificate = certify(function, n_bars=500)
    assert certificate.passed, certificate.failures().to_string()
