"""Row checks and the health report."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.panel import Panel
from titan_research.sources.quality import check_rows, health_report
from titan_research.sources.sample import SAMPLE_UNIVERSE, sample_bars


def bars(**columns: object) -> pd.DataFrame:
    n = len(columns["close"])  # type: ignore[arg-type]
    times = pd.date_range("2024-01-01", periods=n, tz="UTC")
    return pd.DataFrame({"symbol": "KO", "time": times, **columns}).astype(dict.fromkeys(columns, float))


def test_every_kind_of_bad_row_is_refused_once_with_its_first_fault() -> None:
    frame = bars(close=[1.5, np.nan, np.inf, 0, -1, 2.5, 1.5, 1.5, 1.5], high=[2.0] * 7 + [0.5, 2], low=[1.0] * 9)
    frame = frame.assign(volume=[1, 1, 1, 1, 1, 1, -1, 1, 1])
    checked = check_rows(frame, as_of="2024-01-08")

    found = zip(checked.rejected["line"], checked.rejected["column"], checked.rejected["reason"], strict=True)
    assert list(found) == [
        (2, "close", "missing"),
        (3, "close", "infinite"),
        (4, "close", "zero"),
        (5, "close", "negative"),
        (6, "close", "above high"),
        (7, "volume", "negative"),
        (8, "high", "below low"),
        (9, "time", "after 2024-01-08T00:00Z, in the future"),
    ]
    assert list(checked.good["line"]) == [1]


def test_equal_repeats_are_counted_and_contradicting_ones_all_refused() -> None:
    frame = bars(close=[1, 2, 3, 4], volume=[np.nan, 1, 1, 1])
    doubled = pd.concat([frame, frame.iloc[:1], frame.iloc[1:2].assign(volume=9.0), frame.iloc[:1]], ignore_index=True)
    checked = check_rows(doubled)

    assert checked.n_duplicates == 2
    assert list(checked.good["line"]) == [1, 3, 4]
    assert list(checked.rejected["line"]) == [2, 6]
    assert [reason[:19] for reason in checked.rejected["reason"]] == [
        "contradicts line 6:",
        "contradicts line 2:",
    ]


def test_rows_given_are_not_changed() -> None:
    frame = bars(close=[1.0, -1.0])
    copy = frame.copy()
    check_rows(frame)
    pd.testing.assert_frame_equal(frame, copy)


def test_no_rows_are_no_error() -> None:
    checked = check_rows(bars(close=[1.0]).iloc[:0])
    assert (len(checked.good), len(checked.rejected), checked.n_duplicates) == (0, 0, 0)


@pytest.fixture
def panel() -> Panel:
    rng = np.random.default_rng(7)
    values = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (60, 3)), axis=0))
    values[10:13, 0] = values[20, 0] = np.nan
    values[:5, 1] = np.nan
    values[30:37, 1] = 50.0
    values[40:, 2] /= 2.5
    return Panel(values, pd.date_range("2024-01-01", periods=60, tz="UTC"), ("GAPS", "STALE", "SPLIT"))


def test_gaps_stale_prices_and_jumps_are_found_where_they_are(panel: Panel) -> None:
    report = health_report(panel)
    table = report.to_frame().set_index("symbol")

    assert (table.loc["GAPS", "n_missing"], table.loc["GAPS", "longest_gap"]) == (4, 3)
    assert (table.loc["STALE", "n_missing"], table.loc["STALE", "n_stale"]) == (0, 7)
    assert table.loc["STALE", "first"] == panel.index[5]
    assert table.loc["SPLIT", "n_jumps"] == 1
    assert list(table["status"]) == ["warn"] * 3
    issues = {(issue.symbol, issue.kind): (issue.session, issue.detail) for issue in report.issues.itertuples()}
    assert issues["GAPS", "gap"][0] in (panel.index[10], panel.index[20])
    assert issues["STALE", "stale"] == (panel.index[30], "7 closes in a row of 50")
    assert issues["SPLIT", "jump"][0] == panel.index[40]
    assert (report.n_bars, report.n_sessions, report.n_symbols) == (60 * 3 - 9, 60, 3)
    assert report.panel_fingerprint == panel.fingerprint


def test_healthy_bars_are_ok() -> None:
    report = health_report(bars(close=[1.0, 1.1, 1.2], volume=[1.0, 3.9, 0.0]))
    assert (report.status, report.n_issues) == ("ok", 0)
    assert report.issues.empty
    assert str(report.issues["session"].dtype) == "datetime64[us, UTC]"


def test_a_rise_in_volume_above_three_hundred_percent_is_a_jump() -> None:
    report = health_report(bars(close=[1.0, 1.1, 1.2, 1.3, 1.4], volume=[1.0, 4.0, 16.5, 0.0, 9.0]))
    assert report.symbols["n_volume_jumps"][0] == 1
    assert report.issues["detail"][0] == "volume x 4.1"


def test_the_share_of_zero_returns_is_a_fraction() -> None:
    assert health_report(bars(close=[1.0, 1.0, 2.0, 2.0, 3.0])).symbols["zero_returns"][0] == 0.5


def test_a_symbol_without_a_bar_is_said_to_have_none() -> None:
    panel = Panel(np.array([[1.0, np.nan]]), pd.DatetimeIndex(["2024-01-01"]), ("KO", "NONE"))
    report = health_report(panel)
    assert report.issues["detail"][0] == "no bar at all"
    assert pd.isna(report.symbols["first"][1])
    json.dumps(report.to_dict(), allow_nan=False)


def test_no_bars_have_no_health() -> None:
    with pytest.raises(InsufficientData, match="received none"):
        health_report(bars(close=[1.0]).iloc[:0])
    with pytest.raises(InvalidInput, match="broken"):
        health_report(bars(close=[1.0, -1.0]))


def test_the_report_of_the_sample_is_strict_json_and_safe_html() -> None:
    sample = sample_bars()
    report = health_report(sample)
    assert set(SAMPLE_UNIVERSE) < set(report.symbols["symbol"])
    assert report.n_bars == len(sample)
    json.dumps(report.to_dict(), allow_nan=False)
    html = report._repr_html_()
    assert "Data health" in html
    assert html.count("<tr>") == report.n_symbols + 1
    assert "more</li>" in html
    assert "Data health" in report.summary()
