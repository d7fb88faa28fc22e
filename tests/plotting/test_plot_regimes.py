from __future__ import annotations

import numpy as np
import pytest

from titan_research.parameters import RegimeParameters
from titan_research.plotting import regimes as figures
from titan_research.plotting.theme import spells
from titan_research.regimes.detector import RegimeDetector
from titan_research.regimes.results import RegimeResult
from titan_research.synthetic import regime_path


@pytest.fixture(scope="module")
def result() -> RegimeResult:
    prices, _ = regime_path(1_500, 5)
    parameters = RegimeParameters(min_train=400, refit_every=200, n_starts=2)
    return RegimeDetector(parameters).run(prices.rename("SPX"))


def test_published_bands_and_hindsight_are_told_apart(result, check_drawn) -> None:
    chart = figures.price_and_regimes(result)

    check_drawn(chart, ["calm (published)", "stress (published)", "SPX", "calm (hindsight)", "stress (hindsight)"])
    published, hindsight = chart.data[:2], chart.data[3:]
    assert all(trace.yaxis == "y" and not trace.fillpattern.shape for trace in published)
    assert all(trace.yaxis == "y2" and trace.fillpattern.shape == "/" for trace in hindsight)
    assert len(chart.data[2].x) == 1_500
    assert "never tradable" in chart.layout.title.text


def test_without_hindsight_nothing_of_it_is_drawn(result, check_drawn) -> None:
    chart = figures.price_and_regimes(result, hindsight=False)

    check_drawn(chart, ["calm (published)", "stress (published)", "SPX"])


def test_bands_cover_exactly_the_published_labels(result) -> None:
    chart = figures.price_and_regimes(result)
    labels = result.labels["regime"]

    first = str(labels[labels != ""].index[0].date())

    starts = sorted(x for trace in chart.data[:2] for x in list(trace.x)[::5])
    assert starts[0] == first
    assert len(starts) == len(result.segments) == len(spells(labels))


def test_probabilities_add_up_to_one(result, check_drawn) -> None:
    chart = figures.probabilities(result)

    check_drawn(chart, ["calm", "stress"])
    np.testing.assert_allclose(np.asarray(chart.data[0].y) + np.asarray(chart.data[1].y), 1.0)


def test_the_transition_matrix_has_rows_that_add_up_to_one(result, check_drawn) -> None:
    chart = figures.transitions(result)

    check_drawn(chart, ["share"])
    np.testing.assert_allclose(np.asarray(chart.data[0].z).sum(axis=1), 1.0)
    assert "±" in chart.data[0].text[0][0]


def test_the_tables_are_drawn_as_they_are(result, check_drawn) -> None:
    bars = figures.state_bars(result)
    check_drawn(bars, ["mean return", "volatility", "maximum drawdown"])
    np.testing.assert_array_equal(bars.data[1].y, result.regimes["volatility"])

    means = figures.feature_means(result)
    check_drawn(means, ["centre"])
    assert len(means.data[0].y) == 2

    fits = figures.refits(result)
    check_drawn(fits, ["training bars labelled as before", "published labels it would change"])
    assert len(fits.data[0].x) == len(result.refits)


def test_the_premium_of_hindsight_is_hatched(result, check_drawn) -> None:
    chart = figures.hindsight_premium(result)

    check_drawn(chart, ["Sharpe ratio"])
    hatched = [shape == "/" for shape in chart.data[0].marker.pattern.shape]
    assert hatched == list(result.premium["labels"] == "hindsight")
