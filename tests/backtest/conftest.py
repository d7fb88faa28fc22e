from __future__ import annotations

import numpy as np
import pytest

from titan_research.backtest.engine import BacktestEngine
from titan_research.backtest.results import BacktestResult
from titan_research.panel import Panel
from titan_research.parameters import RuleParameters, SpreadParameters
from titan_research.synthetic import cointegrated_universe
from titan_research.types import Field

SPREAD = SpreadParameters(hedge_window=80, zscore_window=20)
RULES = RuleParameters(entry=1.5, exit=0.2, stop=3.0, max_holding=15)


@pytest.fixture(scope="session")
def panel() -> Panel:
    """Two legs that belong together, with four holes."""
    made, _ = cointegrated_universe(1, 2, 0, 600, half_life=6.0, seed=21)
    values = made.values.copy()
    values[[150, 310, 311, 480], [0, 1, 1, 0]] = np.nan
    return Panel(values, made.index, ("YYY", "XXX"))


@pytest.fixture(scope="session")
def opens(panel: Panel) -> Panel:
    noise = np.exp(np.random.default_rng(22).normal(0, 0.003, panel.values.shape))
    before = np.vstack([panel.values[:1], panel.values[:-1]])
    return Panel(before * noise, panel.index, panel.symbols, field=Field.OPEN)


@pytest.fixture(scope="session")
def result(panel: Panel) -> BacktestResult:
    return BacktestEngine().run(panel, y="YYY", x="XXX", spread=SPREAD, rules=RULES)
