"""Tables for people: rounded, aligned, escaped."""

from __future__ import annotations

import numpy as np
import pandas as pd

from titan_research.plotting.tables import facts, table

FRAME = pd.DataFrame(
    {
        "name": ["<b>x</b>", "y"],
        "share": [0.1234, np.nan],
        "ratio": [1234.5678, np.inf],
        "when": pd.to_datetime(["2020-01-02", None], utc=True),
        "kept": [True, False],
    }
)


def test_cells_are_formatted_and_escaped() -> None:
    shown = table(FRAME, percent=["share"], digits={"ratio": 1})._repr_html_()
    for text in ("&lt;b&gt;x&lt;/b&gt;", "12.3%", "1,234.6", "2020-01-02", "yes", "no", "∞"):
        assert f">{text}</td>" in shown
    assert "<b>x" not in shown
    assert shown.count(">–</td>") == 2
    assert " id=" not in shown


def test_numbers_stand_right_text_left_and_dates_whole() -> None:
    shown = table(FRAME)._repr_html_()
    assert '<th style="text-align:right">share' in shown
    assert '<th style="text-align:left">name' in shown
    assert '<td style="white-space:nowrap">2020-01-02' in shown


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    shown = table(pd.DataFrame({"n": range(30)}), rows=5)._repr_html_()
    assert "The first 5 of 30 rows." in shown
    assert shown.count("<tr>") == 6


def test_nothing_is_said_to_be_nothing() -> None:
    assert "Nothing to show" in table(FRAME.iloc[:0])._repr_html_()


def test_facts_are_a_row_each_with_a_plain_text_twin() -> None:
    shown = facts({"sharpe_ratio": 1.5, "win rate": 0.25}, percent=["win rate"])
    assert "sharpe ratio" in repr(shown)
    assert "25.0%" in repr(shown)
    assert shown._repr_html_().count("<tr>") == 3
