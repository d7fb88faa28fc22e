"""Parameters by regime: shrunk to the pool, and only where there is enough data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, CostParameters
from titan_research.synthetic import cointegrated_universe
from titan_research.walkforward.regime_parameters import regime_parameters

GRID = {"zscore_window": [20, 40], "entry": [1.5, 2.0], "exit": [0.0], "stop": [4.0]}


def _ask(panel: Panel, pair: tuple[str, str], regimes: pd.Series) -> pd.DataFrame:
    result = regime_parameters(
        panel,
        y=pair[0],
        x=pair[1],
        regimes=regimes,
        regime_symbol="IDX",
        grid=GRID,
        parameters=BacktestParameters(costs=CostParameters.free()),
    )
    return result.table.set_index("regime")


@pytest.fixture(scope="module")
def universe() -> tuple[Panel, tuple[str, str]]:
    panel, pairs = cointegrated_universe(n_groups=1, per_group=2, n_noise=0, n_sessions=3_000, half_life=8.0, seed=11)
    return panel, pairs[0]


def test_a_regime_of_less_than_two_years_uses_the_pooled_set(universe: tuple[Panel, tuple[str, str]]) -> None:
    panel, pair = universe
    labels = pd.Series("calm", index=panel.index)
    labels.iloc[1_000:1_300] = "stress"
    table = _ask(panel, pair, labels)

    assert bool(table.loc["calm", "own"])
    assert not bool(table.loc["stress", "own"])
    for axis in GRID:
        assert table.loc["stress", axis] == table.loc["all", axis]
    assert table.loc["stress", "n_spells"] == 1


def test_the_pnl_of_a_bar_counts_to_the_label_known_before_it(universe: tuple[Panel, tuple[str, str]]) -> None:
    panel, pair = universe
    labels = pd.Series("calm", index=panel.index)
    labels.iloc[-1] = "stress"  # known after the last close only: no bar was earned under it
    table = _ask(panel, pair, labels)
    assert set(table.index) == {"all", "calm"}


def test_one_label_for_everything_gives_the_pooled_choice(universe: tuple[Panel, tuple[str, str]]) -> None:
    panel, pair = universe
    table = _ask(panel, pair, pd.Series("calm", index=panel.index))
    for axis in GRID:
        assert table.loc["calm", axis] == table.loc["all", axis]
    assert np.isclose(table.loc["calm", "sharpe_ratio"], table.loc["all", "sharpe_ratio"], rtol=0.02)
