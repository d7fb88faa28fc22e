"""The real sample that comes with the installed packages."""

from __future__ import annotations

import gzip
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from titan_research.sources.quality import check_rows
from titan_research.sources.sample import COMPANIES, SAMPLE_UNIVERSE, SECTORS, sample_bars


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    return sample_bars()


def packed(package: str, *names: str) -> pd.DataFrame:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    with gzip.open(Path(spec.origin).parent.joinpath(*names)) as file:
        return pd.read_csv(file)


def test_the_sample_has_twenty_stocks_and_two_indices_without_a_bad_row(bars: pd.DataFrame) -> None:
    assert set(bars["symbol"]) == {*SAMPLE_UNIVERSE, "SPX", "VIX"}
    assert len(SAMPLE_UNIVERSE) == 20
    assert set(SECTORS) == set(COMPANIES) == set(SAMPLE_UNIVERSE)
    checked = check_rows(bars, as_of="2022-12-28")
    assert len(checked.rejected) == checked.n_duplicates == 0
    assert not bars["close"].isna().any()


def test_the_stock_closes_are_those_of_the_package(bars: pd.DataFrame) -> None:
    source = packed("skfolio", "datasets", "data", "sp500_dataset.csv.gz").set_index("Date")
    wide = bars[bars["symbol"].isin(SAMPLE_UNIVERSE)].pivot(index="time", columns="symbol", values="close")
    assert wide.shape == (8313, 20)
    assert list(wide.index.strftime("%Y-%m-%d")) == list(source.index)
    np.testing.assert_array_equal(wide.to_numpy(), source[list(wide.columns)].to_numpy())


def test_the_two_sources_of_the_index_agree_on_every_close(bars: pd.DataFrame) -> None:
    spx = bars[bars["symbol"] == "SPX"].set_index("time")
    other = packed("arch", "data", "sp500", "sp500.csv.gz")
    other = other.set_index(pd.to_datetime(other["Date"], format="%m/%d/%Y").dt.tz_localize("UTC"))
    joined = spx.join(other[["Close", "Volume"]], how="inner")

    assert (len(spx), len(joined)) == (8313, len(other))
    assert (joined["close"] / joined["Close"] - 1).abs().max() < 1e-6
    np.testing.assert_array_equal(joined["volume"], joined["Volume"])
    assert spx["volume"].notna().sum() == spx["open"].notna().sum() == 5031
    assert spx["high"].first_valid_index() == pd.Timestamp("1999-01-04", tz="UTC")


def test_the_volatility_index_has_no_holes_filled_in(bars: pd.DataFrame) -> None:
    vix = bars[bars["symbol"] == "VIX"]
    source = pd.to_numeric(packed("arch", "data", "vix", "vix.csv.gz")["vix"], errors="coerce")
    np.testing.assert_array_equal(vix["close"], source[source > 0])
    assert len(vix) < len(source)


def test_changing_the_sample_does_not_change_the_next_one(bars: pd.DataFrame) -> None:
    spoiled = sample_bars()
    spoiled["close"] = 0.0
    spoiled.loc[:, "volume"] = 1.0
    pd.testing.assert_frame_equal(sample_bars(), bars)


def test_reading_the_sample_imports_neither_package() -> None:
    code = (
        "import sys; from titan_research.sources.sample import sample_bars; sample_bars(); "
        "print([name for name in ('skfolio', 'arch', 'numba', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
