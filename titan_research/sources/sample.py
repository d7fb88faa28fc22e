"""Real prices that come with the installed packages, so that everything works without a network.

Twenty large US stocks, closes of 1990-2022 (skfolio); SPX, the S&P 500 index, closes of the same sessions
(skfolio) with open, high, low and volume of 1999-2018 (arch); VIX, closes of 2014 to January 2019 (arch). The
stock closes are adjusted.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from titan_research.errors import NotConfigured

__all__ = ["COMPANIES", "SAMPLE_UNIVERSE", "SECTORS", "sample_bars"]

COMPANIES = {
    "AAPL": "Apple",
    "AMD": "Advanced Micro Devices",
    "BAC": "Bank of America",
    "BBY": "Best Buy",
    "CVX": "Chevron",
    "GE": "General Electric",
    "HD": "Home Depot",
    "JNJ": "Johnson & Johnson",
    "JPM": "JPMorgan Chase",
    "KO": "Coca-Cola",
    "LLY": "Eli Lilly",
    "MRK": "Merck",
    "MSFT": "Microsoft",
    "PEP": "PepsiCo",
    "PFE": "Pfizer",
    "PG": "Procter & Gamble",
    "RRC": "Range Resources",
    "UNH": "UnitedHealth",
    "WMT": "Walmart",
    "XOM": "Exxon Mobil",
}
SECTORS = {
    "AAPL": "Information Technology",
    "AMD": "Information Technology",
    "BAC": "Financials",
    "BBY": "Consumer Discretionary",
    "CVX": "Energy",
    "GE": "Industrials",
    "HD": "Consumer Discretionary",
    "JNJ": "Health Care",
    "JPM": "Financials",
    "KO": "Consumer Staples",
    "LLY": "Health Care",
    "MRK": "Health Care",
    "MSFT": "Information Technology",
    "PEP": "Consumer Staples",
    "PFE": "Health Care",
    "PG": "Consumer Staples",
    "RRC": "Energy",
    "UNH": "Health Care",
    "WMT": "Consumer Staples",
    "XOM": "Energy",
}
SAMPLE_UNIVERSE = tuple(COMPANIES)
_CLOSE_TOLERANCE = 1e-5
_COLUMNS = ["symbol", "time", "open", "high", "low", "close", "volume"]


def sample_bars() -> pd.DataFrame:
    """Return the sample in long form: symbol, time (UTC), open, high, low, close, volume; 22 symbols.

    Notes
    -----
    Timing: every bar is labelled with its own session; the stock closes were adjusted with what was known in
    2022.
    Missing: open, high, low and volume are NaN for the stocks, for VIX, and for SPX before 1999 and after
    2018.
    """
    return _sample().copy()


@cache
def _sample() -> pd.DataFrame:
    frame = pd.concat([_stocks(), _index_bars(), _volatility_index()], ignore_index=True)
    frame["symbol"] = frame["symbol"].astype("str")
    return frame[_COLUMNS]


def _stocks() -> pd.DataFrame:
    wide = _read("skfolio.datasets.data", "sp500_dataset.csv.gz", "%Y-%m-%d")[list(SAMPLE_UNIVERSE)]
    long = wide.rename_axis(index="time", columns="symbol").T.stack().rename("close").reset_index()
    return _with_unknown(long)


def _index_bars() -> pd.DataFrame:
    """The closes of one source, with the range and volume of the other wherever their closes agree."""
    close = _read("skfolio.datasets.data", "sp500_index.csv.gz", "%Y-%m-%d")["SP500"].rename("close")
    daily = _read("arch.data.sp500", "sp500.csv.gz", "%m/%d/%Y")
    daily = daily.reindex(close.index)
    agree = (daily["Close"] / close - 1).abs() < _CLOSE_TOLERANCE
    joined = pd.DataFrame({"symbol": "SPX", "time": close.index, "close": close.to_numpy()})
    for name in ("open", "high", "low"):  # closes come with two decimals
        joined[name] = daily[name.capitalize()].where(agree).round(2).to_numpy()
    joined["volume"] = daily["Volume"].where(agree).to_numpy(dtype=np.float64)
    return joined


def _volatility_index() -> pd.DataFrame:
    vix = pd.to_numeric(_read("arch.data.vix", "vix.csv.gz", "%m/%d/%Y")["vix"], errors="coerce")
    vix = vix[vix > 0]
    return _with_unknown(pd.DataFrame({"symbol": "VIX", "time": vix.index, "close": vix.to_numpy(dtype=np.float64)}))


def _with_unknown(bars: pd.DataFrame) -> pd.DataFrame:
    return bars.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)


def _read(package: str, name: str, date_format: str) -> pd.DataFrame:
    """Read a packed CSV out of an installed package without importing it."""
    owner, *folders = package.split(".")
    spec = find_spec(owner)
    homes = [Path(home).joinpath(*folders, name) for home in (spec and spec.submodule_search_locations) or ()]
    path = next((home for home in homes if home.is_file()), None)
    if path is None:
        raise NotConfigured(f"the sample needs {name} of the package {owner}; install {owner}")
    with gzip.open(path) as file:
        frame = pd.read_csv(file)
    dates = pd.to_datetime(frame.pop("Date"), format=date_format)
    return frame.set_index(pd.DatetimeIndex(dates).as_unit("us").tz_localize("UTC")).sort_index()
