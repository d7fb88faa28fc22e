"""A manager on a file of its own, and real or made bars to put in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.store.manager import DatabaseManager


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bars.db'}"


@pytest.fixture
def manager(url: str) -> DatabaseManager:
    return DatabaseManager.from_url(url)


@pytest.fixture
def make_bars() -> Callable[..., pd.DataFrame]:
    def make(*symbols: str, n: int = 10, start: str = "2020-01-01", scale: float = 1.0, seed: int = 7) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        frames = []
        for symbol in symbols:
            close = scale * 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
            high, low = close * (1 + rng.random(n) / 100), close * (1 - rng.random(n) / 100)
            frame = pd.DataFrame({"symbol": symbol, "time": pd.date_range(start, periods=n, tz="UTC")})
            frames.append(
                frame.assign(
                    open=(high + low) / 2,
                    high=high,
                    low=low,
                    close=close,
                    volume=rng.integers(0, 10**6, n) * 1.0,
                )
            )
        return pd.concat(frames, ignore_index=True)

    return make
