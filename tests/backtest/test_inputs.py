"""What the simulator is given: prices to fill at, days, and the first bar that may decide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest.inputs import pair_arrays, spread_of, trading_start
from titan_research.panel import Panel
from titan_research.parameters import SpreadParameters
from titan_research.types import Field

SESSIONS = pd.DatetimeIndex(["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"], tz="UTC")
CLOSES = Panel(np.array([[10.0, 20], [11, 21], [12, 22], [13, 23]]), SESSIONS, ("YYY", "XXX"))


def test_a_bar_is_filled_at_its_opens_only_where_both_legs_have_one() -> None:
    opens = Panel(np.array([[9.0, 19], [np.nan, 20], [11, 0], [12, 22]]), SESSIONS, ("YYY", "XXX"), Field.OPEN)
    pair = pair_arrays(CLOSES, "YYY", "XXX", opens)
    assert pair.fill_y.tolist() == [9, 11, 12, 12]
    assert pair.fill_x.tolist() == [19, 21, 22, 22]
    assert pair.n_opens == 2


def test_without_opens_a_bar_is_filled_at_its_closes() -> None:
    pair = pair_arrays(CLOSES, "XXX", "YYY")
    assert pair.fill_y.tolist() == pair.close_y.tolist() == [20, 21, 22, 23]
    assert pair.n_opens == 0


def test_days_are_calendar_days() -> None:
    assert pair_arrays(CLOSES, "YYY", "XXX").days.tolist() == [0, 1, 3, 1]


def test_a_log_spread_is_one_of_logs() -> None:
    fixed = {"method": "fixed", "zscore_window": 5, "hedge_ratio": 0.5, "intercept": 1.0, "fitted_until": "2019-01-01"}
    pair = pair_arrays(CLOSES, "YYY", "XXX")
    logs = spread_of(pair, SpreadParameters(kind="log", **fixed)).spread
    np.testing.assert_allclose(logs, np.log(pair.close_y) - 0.5 * np.log(pair.close_x) - 1)
    prices = spread_of(pair, SpreadParameters(kind="price", **fixed)).spread
    np.testing.assert_allclose(prices, pair.close_y - 0.5 * pair.close_x - 1)


@pytest.mark.parametrize(
    ("fitted_until", "first"), [("2020-01-03", 21), ("2020-01-30", 22), ("2020-01-31", 23), ("2020-02-01", 23)]
)
def test_with_a_fixed_hedge_ratio_trading_starts_after_the_fit(fitted_until: str, first: int) -> None:
    index = pd.bdate_range("2020-01-01", periods=40, tz="UTC")
    fixed = SpreadParameters(
        method="fixed", zscore_window=22, hedge_ratio=1.0, intercept=0.0, fitted_until=fitted_until
    )
    assert index[22] == pd.Timestamp("2020-01-31", tz="UTC")
    assert trading_start(index, fixed) == first


def test_with_a_rolling_hedge_ratio_trading_starts_when_the_longer_window_is_full() -> None:
    index = pd.bdate_range("2020-01-01", periods=400, tz="UTC")
    assert trading_start(index, SpreadParameters(hedge_window=100, zscore_window=30)) == 99
    assert trading_start(index, SpreadParameters(hedge_window=30, zscore_window=100)) == 99
