"""Results as values: JSON, tables, notebook output."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from titan_research.pairs.results import ScanResult
from titan_research.pairs.tester import CointegrationTester
from titan_research.panel import Panel


@pytest.fixture(scope="module")
def scan(five_years: Panel) -> ScanResult:
    values = five_years.select(["KO", "PEP", "XOM"]).values
    copy = np.column_stack([values, 3.0 * values[:, 0]])
    return CointegrationTester().scan(Panel(copy, five_years.index, ("KO", "PEP", "XOM", "KO2")))


def test_results_become_strict_json(scan: ScanResult, five_years: Panel) -> None:
    tester = CointegrationTester()
    for result in (scan, tester.test(five_years, "KO", "PEP"), tester.stability(five_years, "KO", "PEP")):
        text = json.dumps(result.to_dict(), allow_nan=False)
        assert json.loads(text)["null_hypothesis"] == "no cointegration"
    collinear = [row for row in scan.to_dict()["table"] if row["status"] == "collinear"]
    assert len(collinear) == 2
    assert {row["statistic"] for row in collinear} == {None}


def test_tables_have_plain_columns_only(scan: ScanResult, five_years: Panel) -> None:
    stability = CointegrationTester().stability(five_years, "KO", "PEP")
    for table in (scan.to_frame(), scan.best(), scan.failures, stability.to_frame()):
        kinds = {str(kind) for kind in table.dtypes}
        assert kinds <= {"float64", "int64", "bool", "str"}
    assert isinstance(scan.to_frame().index, pd.RangeIndex)
    assert stability.to_frame().index.tz is not None


def test_a_scan_says_what_chance_would_have_found_before_it_shows_pairs(scan: ScanResult) -> None:
    page = scan._repr_html_()
    headline = f"10 tests, {scan.n_significant} with p &lt; 0.05, 0 expected by chance"
    assert headline in page
    assert page.index("expected by chance") < page.index("<table")
    assert page.count("<tr") <= 11
    assert "expected by chance" in scan.summary().splitlines()[0]


def test_results_cannot_be_changed_and_their_best_table_is_a_copy(scan: ScanResult) -> None:
    with pytest.raises(AttributeError):
        scan.n_tests = 1  # type: ignore[misc]
    best = scan.best()
    best["p_value"] = 0.0
    assert (scan.best()["p_value"] > 0.0).all()


def test_a_test_result_equals_itself_computed_again(five_years: Panel) -> None:
    first = CointegrationTester().test(five_years, "KO", "PEP")
    assert first == CointegrationTester().test(five_years, "KO", "PEP")
    assert hash(first) == hash(first.replace())
    assert len(first.to_frame()) == 1
