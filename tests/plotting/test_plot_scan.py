from __future__ import annotations

import numpy as np
import pytest

from titan_research.pairs.results import ScanResult
from titan_research.pairs.tester import CointegrationTester
from titan_research.plotting import scan as figures


@pytest.fixture(scope="module")
def scan(panel) -> ScanResult:
    return CointegrationTester().scan(panel)


def test_the_histogram_counts_every_test_against_the_uniform_line(scan, check_drawn) -> None:
    chart = figures.p_value_histogram(scan)

    check_drawn(chart, ["tests", "no pair cointegrated"])
    assert sum(chart.data[0].y) == scan.n_tests == 72
    assert chart.data[0].y[0] == scan.n_significant
    assert list(chart.data[1].y) == [72 / 20, 72 / 20]


def test_the_funnel_never_widens(scan, check_drawn) -> None:
    chart = figures.funnel(scan)

    check_drawn(chart, ["pairs"])
    counts = list(chart.data[0].x)
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 72
    assert 0 < counts[-1] <= scan.n_discoveries


def test_every_tested_pair_is_a_point(scan, check_drawn) -> None:
    chart = figures.statistic_and_half_life(scan)

    check_drawn(chart, ["not a discovery", "q <= 0.05"])
    assert sum(len(trace.x) for trace in chart.data) == (scan.table["half_life"] > 0).sum()
    assert len(chart.data[1].x) == scan.n_discoveries


def test_an_endless_half_life_stands_at_the_edge(scan) -> None:
    table = scan.table.copy()
    table.loc[table.index[-1], "half_life"] = np.inf

    chart = figures.statistic_and_half_life(scan.replace(table=table))

    assert max(max(trace.x) for trace in chart.data) == scan.n_obs


def test_shared_names_join_the_best_pairs(scan, check_drawn) -> None:
    chart = figures.shared_names(scan, n=6)

    check_drawn(chart, [trace.name for trace in chart.data])
    best = scan.best(6)
    assert set(chart.data[-1].text) == set(best["y"]) | set(best["x"])
    assert sum(sum(x is None for x in trace.x) for trace in chart.data[:-1]) == 6


def test_the_heatmap_places_every_q_value(scan, check_drawn) -> None:
    chart = figures.q_value_heatmap(scan)

    check_drawn(chart, ["q-value"])
    z = np.asarray(chart.data[0].z, dtype=float)
    row = scan.table.iloc[0]
    names = list(scan.symbols)
    assert z[names.index(row["y"]), names.index(row["x"])] == row["q_value"]
    assert np.isnan(np.diag(z)).all()
