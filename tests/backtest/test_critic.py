"""Each finding appears when, and only when, there is cause."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest.critic import criticize
from titan_research.backtest.results import BacktestResult

SESSIONS = pd.bdate_range("2020-01-01", periods=400, tz="UTC")


def blameless(result: BacktestResult) -> dict[str, Any]:
    """Forty equal winners over many months, a moving price, a positive hedge ratio, small costs."""
    prices = pd.Series(np.arange(400) + 100.0, index=SESSIONS)
    positions = pd.DataFrame({"pnl": 1.0, "hedge_ratio": 1.0, "shares_y": 1.0, "zscore": 0.0}, index=SESSIONS)
    trades = pd.DataFrame({"pnl": np.full(40, 10.0), "gross_pnl": np.full(40, 12.0)})
    metrics = dataclasses.replace(
        result.metrics, commission=40.0, slippage=40.0, borrow=0.0, time_in_market=0.5, n_trades=40
    )
    return {"y": prices.rename("YYY"), "x": prices.rename("XXX"), "positions": positions, "trades": trades,
            "metrics": metrics}  # fmt: skip


def spoil(case: dict[str, Any], name: str) -> None:
    if name == "trades":
        case["trades"] = case["trades"].iloc[:29]
    elif name == "One trade":
        case["trades"].loc[0, "pnl"] = 400.0
    elif name == "One month":
        case["positions"].loc["2020-05-04", "pnl"] = 400.0
    elif name == "negative":
        case["positions"].iloc[:20, 1] = -0.5
    elif name == "Costs":
        case["metrics"] = dataclasses.replace(case["metrics"], commission=241.0)
    elif name == "stood still":
        case["x"].iloc[50:60] = 1.0
    elif name == "unknown":
        case["positions"].loc["2020-05-04", "zscore"] = np.nan
    elif name == "seldom":
        case["metrics"] = dataclasses.replace(case["metrics"], time_in_market=0.04)


def test_a_blameless_backtest_has_no_findings(result: BacktestResult) -> None:
    findings = criticize(**blameless(result))
    assert findings.empty
    assert list(findings.columns) == ["severity", "finding", "detail"]


@pytest.mark.parametrize(
    "name", ["trades", "One trade", "One month", "negative", "Costs", "stood still", "unknown", "seldom"]
)
def test_each_fault_is_found_and_nothing_else(result: BacktestResult, name: str) -> None:
    case = blameless(result)
    spoil(case, name)
    findings = criticize(**case)
    assert len(findings) == 1
    assert name in findings.loc[0, "finding"]
    assert findings.loc[0, "detail"]


@pytest.mark.parametrize("name", ["stood still", "unknown"])
def test_bad_prices_do_not_matter_while_nothing_is_held(result: BacktestResult, name: str) -> None:
    case = blameless(result)
    spoil(case, name)
    case["positions"]["shares_y"] = 0.0
    assert criticize(**case).empty
