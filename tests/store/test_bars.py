"""From tables of bars to blocks and from blocks to panels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from titan_research.store.bars import blocks_from_bars, place
from titan_research.types import Interval


def test_blocks_are_sorted_and_free_of_repeats(make_bars: Callable[..., pd.DataFrame]) -> None:
    bars = make_bars("PEP", "KO", n=20)
    blocks, n_repeats = blocks_from_bars(
        pd.concat([bars, bars.iloc[5:9]]).sample(frac=1, random_state=3), interval=Interval.DAY
    )

    assert [block.symbol for block in blocks] == ["KO", "PEP"]
    assert [len(block) for block in blocks] == [20, 20]
    assert all((np.diff(block.time) == 86_400).all() for block in blocks)
    assert n_repeats == 4


def test_times_between_the_steps_of_the_interval_keep_their_own_rows() -> None:
    times = pd.to_datetime(["2020-01-01T09:30:00Z", "2020-01-01T09:30:40Z", "2020-01-01T09:31:00Z"])
    bars = pd.DataFrame({"symbol": ["A", "B", "A"], "time": times, "close": [1.0, 2.0, 3.0]})
    blocks, _ = blocks_from_bars(bars, interval=Interval.MINUTE)
    panel = place(blocks, symbols=["A", "B"], field="close", interval=Interval.MINUTE)
    assert list(panel.index) == list(times)
    np.testing.assert_array_equal(panel.values, [[1, np.nan], [np.nan, 2], [3, np.nan]])


def test_a_column_without_bars_is_empty_in_the_panel(make_bars: Callable[..., pd.DataFrame]) -> None:
    blocks, _ = blocks_from_bars(make_bars("KO", n=3), interval=Interval.DAY)
    panel = place(blocks, symbols=["XOM", "KO"], field="close", interval=Interval.DAY)
    assert np.isnan(panel.column("XOM")).all()
    assert not np.isnan(panel.column("KO")).any()
