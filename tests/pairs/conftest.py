"""Real prices for the pair tests: 20 symbols, 1990 to 2022, closes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib.resources import files

import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from titan_research.panel import Panel


@pytest.fixture(autouse=True, scope="session")
def one_thread_of_linear_algebra() -> Iterator[None]:
    """Many small regressions: threads that wait for each other on a busy machine take minutes."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def prices() -> pd.DataFrame:
    source = files("skfolio.datasets.data").joinpath("sp500_dataset.csv.gz")
    with source.open("rb") as packed, gzip.open(packed) as text:
        return pd.read_csv(text, index_col=0, parse_dates=True)


@pytest.fixture(scope="session")
def panel(prices: pd.DataFrame) -> Panel:
    return Panel.from_frame(prices)


@pytest.fixture(scope="session")
def five_years(panel: Panel) -> Panel:
    return panel.between("2014-01-01", "2018-12-31")
