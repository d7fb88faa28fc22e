from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from titan_research.backtest.engine import BacktestEngine
from titan_research.backtest.results import BacktestResult
from titan_research.panel import Panel
from titan_research.parameters import SpreadParameters
from titan_research.synthetic import cointegrated_universe

SVG_TRACES = {"scatter", "bar", "heatmap", "waterfall"}


def numbers(values: Any) -> np.ndarray:
    """The finite numbers of a trace attribute; text counts as a number, None and NaN do not."""
    if values is None:
        return np.empty(0)
    flat = np.asarray(values, dtype=object).ravel()
    return np.array([value for value in flat if value is not None and value == value])


@pytest.fixture(scope="session")
def check_drawn() -> Callable[..., None]:
    def check(chart: go.Figure, names: list[str]) -> None:
        assert chart.layout.title.text
        assert [trace.name for trace in chart.data] == names
        assert {trace.type for trace in chart.data} <= SVG_TRACES
        for trace in chart.data:
            values = trace.z if trace.type == "heatmap" else trace.y
            assert len(numbers(values)) > 0, f"{trace.name} draws nothing"
        axes = [axis for axis in (*chart.select_xaxes(), *chart.select_yaxes()) if axis.visible is not False]
        shared = {axis.matches for axis in axes if axis.matches}
        for axis in axes:
            inner = bool(shared) and axis.showticklabels is False
            assert axis.title.text or inner, "an axis without a title"
        assert chart.layout.height >= 240
        assert "scattergl" not in str(chart.to_json())

    return check


@pytest.fixture(scope="session")
def panel() -> Panel:
    made, _ = cointegrated_universe(2, 3, 3, 700, half_life=8.0, seed=11)
    return made


@pytest.fixture(scope="session")
def backtest(panel: Panel) -> BacktestResult:
    return BacktestEngine().run(panel, y="S000", x="S001", spread=SpreadParameters(hedge_window=120, zscore_window=30))
