"""The volatility rule: hysteresis by hand, and that it does not look ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.causality import certify
from titan_research.errors import InvalidInput
from titan_research.regimes.rules import volatility_rule
from titan_research.synthetic import regime_path


@pytest.fixture(scope="module")
def prices() -> pd.Series:
    return regime_path(1_500, seed=11)[0]


def test_the_state_follows_its_thresholds_bar_by_bar(prices: pd.Series) -> None:
    table = volatility_rule(prices)
    state, expected = 0.0, []
    for rank in table["percentile"]:
        if np.isnan(rank):
            expected.append(np.nan)
            continue
        state = 1.0 if rank >= 0.8 else 0.0 if rank <= 0.6 else state
        expected.append(state)
    np.testing.assert_array_equal(table["rule_state"].to_numpy(), expected)
    assert {0.0, 1.0} <= set(table["rule_state"].dropna())


def test_the_percentile_ranks_the_volatility_among_its_own_past(prices: pd.Series) -> None:
    table = volatility_rule(prices)
    past = table["volatility"].iloc[1:901].to_numpy()
    assert table["percentile"].iloc[900] == pytest.approx((past <= past[-1]).mean(), abs=1e-12)


def test_there_is_no_label_before_enough_bars_nor_on_a_session_without_a_price(prices: pd.Series) -> None:
    gaps = prices.mask(prices.index == prices.index[700])
    state = volatility_rule(gaps, min_obs=250)["rule_state"]
    assert state.iloc[:250].isna().all()
    assert np.isnan(state.iloc[700])
    assert state.drop(state.index[700]).iloc[250:].notna().all()


def test_thresholds_in_the_wrong_order_are_refused(prices: pd.Series) -> None:
    with pytest.raises(InvalidInput, match="leave < enter"):
        volatility_rule(prices, enter=0.5, leave=0.6)


def test_the_rule_does_not_look_ahead() -> None:
    certificate = certify(volatility_rule, n_bars=600)
    assert certificate.passed, certificate.failures().to_string()
