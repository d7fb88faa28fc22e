"""What a backtest shows of itself."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest

from titan_research.backtest.results import BacktestResult


def test_a_result_is_strict_json(result: BacktestResult) -> None:
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text)["metrics"]["n_trades"] == len(result.trades)


def test_the_notebook_shows_sharpe_ratio_with_its_error_costs_and_findings(result: BacktestResult) -> None:
    shown = result._repr_html_()
    assert f"{result.metrics.sharpe_ratio:.2f} ± {result.metrics.sharpe_ratio_se:.2f}" in shown
    assert "after costs, filled at the next close" in shown
    for finding in result.findings["finding"]:
        assert finding in shown.replace("&#x27;", "'")


def test_names_are_data_not_markup(result: BacktestResult) -> None:
    assert "<script>" not in result.replace(y="<script>")._repr_html_()


def test_the_table_of_a_result_is_its_trades(result: BacktestResult) -> None:
    assert result.to_frame() is result.trades
    assert list(result.trades.columns) == [
        "side", "decided", "entry", "exit_decided", "exit", "bars", "reason", "hedge_ratio", "shares_y", "shares_x",
        "entry_zscore", "exit_zscore", "gross_pnl", "commission", "slippage", "borrow", "pnl", "return_on_gross", "mae",
        "mfe",
    ]  # fmt: skip
    for name in ("decided", "entry", "exit_decided", "exit"):
        assert str(result.trades[name].dtype) == "datetime64[us, UTC]"
    for frame in (result.trades, result.positions, result.findings, result.stress):
        assert not any(str(kind) == "object" for kind in frame.dtypes)


def test_results_are_frozen(result: BacktestResult) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.y = "Z"  # type: ignore[misc]
    assert isinstance(result.start, pd.Timestamp)
