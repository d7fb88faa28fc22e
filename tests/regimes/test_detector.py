"""RegimeDetector: what it publishes, what it never rewrites, and how right it is when the truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.causality import CausalFunction, certify
from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.parameters import RegimeParameters
from titan_research.regimes import detector as module
from titan_research.regimes.detector import RegimeDetector
from titan_research.regimes.results import RegimeResult
from titan_research.synthetic import regime_path

SMALL = RegimeParameters(min_train=504, refit_every=126, n_starts=4)


@pytest.fixture(scope="module")
def prices() -> pd.Series:
    return regime_path(1_600, seed=21)[0]


@pytest.fixture(scope="module")
def result(prices: pd.Series) -> RegimeResult:
    return RegimeDetector(SMALL).run(prices)


def _causal_columns(labels: pd.DataFrame) -> pd.DataFrame:
    return labels.drop(columns="hindsight_state")


def test_states_are_found_on_simulated_paths_with_known_regimes() -> None:
    accuracies, shifts = [], []
    for seed in range(10):
        path, states = regime_path(5_000, seed)
        labels = RegimeDetector().fit(path.iloc[:2_500]).online_labels(path).to_numpy()[2_500:]
        truth = states.to_numpy()[2_500:]
        accuracies.append(np.mean([(labels[truth == state] == state).mean() for state in (0, 1)]))
        shifts.append(np.count_nonzero(np.diff(labels)) * 252 / 2_500)
    assert np.mean(accuracies) >= 0.80
    assert np.mean(shifts) <= 2.5


@pytest.mark.parametrize("model", ["jump", "volatility_rule"])
@pytest.mark.parametrize("cut", [700, 1_261])
def test_published_labels_do_not_change_when_history_grows(prices: pd.Series, model: str, cut: int) -> None:
    detector = RegimeDetector(SMALL.replace(model=model))
    early, late = detector.run(prices.iloc[:cut]).labels, detector.run(prices).labels
    pd.testing.assert_frame_equal(
        _causal_columns(early), _causal_columns(late).iloc[:cut], check_exact=True, check_freq=False
    )


@pytest.mark.parametrize(
    "function",
    [RegimeDetector.online_labels, RegimeDetector.filtered_probabilities, module._published_labels],
)
def test_what_is_published_does_not_look_ahead(function) -> None:
    certificate = certify(function, n_cuts=12)
    assert certificate.passed, certificate.failures().to_string()


def test_hindsight_labels_do_look_ahead_and_the_certificate_says_so() -> None:
    subject = CausalFunction(name="hindsight", function=RegimeDetector.hindsight_labels, probe=module._probe)
    assert not all(certify(subject, n_cuts=12, seed=seed).passed for seed in range(4))


def test_hindsight_rewrites_history_where_online_labels_do_not(prices: pd.Series) -> None:
    detector = RegimeDetector(SMALL.replace(penalty=60.0)).fit(prices)
    online, hindsight = detector.online_labels(prices), detector.hindsight_labels(prices)
    cuts = range(400, 1_600, 25)
    assert all(detector.online_labels(prices.iloc[:cut]).equals(online.iloc[:cut]) for cut in cuts)
    assert not all(detector.hindsight_labels(prices.iloc[:cut]).equals(hindsight.iloc[:cut]) for cut in cuts)


def test_every_fit_ends_before_the_first_label_it_publishes(result: RegimeResult) -> None:
    refits = result.refits
    assert (refits["fitted_until"] < refits["session"]).all()
    assert refits["window"].tolist() == list(range(504, 1_600, 126))
    assert np.isnan(refits["agreement"].iloc[0])
    assert refits["agreement"].iloc[1:].between(0, 1).all()
    assert refits["relabelled_share"].iloc[1:].between(0, 1).all()


def test_a_fit_does_not_know_the_bar_it_labels_first(prices: pd.Series) -> None:
    position = 504 + 126
    tampered = prices.copy()
    tampered.iloc[position] *= 1.3
    before, after = (RegimeDetector(SMALL).run(path).refits.iloc[1] for path in (prices, tampered))
    assert before["session"] == prices.index[position]
    assert before["objective"] == after["objective"]


def test_there_is_no_label_before_the_first_fit_and_one_on_every_bar_after_it(result: RegimeResult) -> None:
    labels = result.labels
    assert (labels["state"].iloc[:504] == -1).all()
    assert (labels["regime"].iloc[:504] == "").all()
    assert labels.filter(like="probability_").iloc[:504].isna().all(axis=None)
    assert labels["state"].iloc[504:].isin([0, 1]).all()
    assert labels.filter(like="probability_").iloc[504:].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert (labels["margin"].iloc[504:] >= 0).all()
    assert result.first_published == labels.index[504]


def test_the_tables_add_up(result: RegimeResult) -> None:
    published = result.labels[result.labels["state"] >= 0]
    regimes, segments = result.regimes, result.segments
    assert regimes["share"].sum() == pytest.approx(1.0)
    assert regimes["bars"].sum() == segments["bars"].sum() == len(published)
    assert regimes["n_spells"].sum() == len(segments) == len(result.shifts) + 1
    assert regimes["regime"].tolist() == ["calm", "stress"]
    assert result.transition_matrix[["calm", "stress"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    growth = float((1 + published["return"]).prod())
    assert float((1 + segments["total_return"]).prod()) == pytest.approx(growth, rel=1e-10)
    years = len(published) / 252
    assert result.shifts_per_year == pytest.approx(len(result.shifts) / years)


def test_calm_is_calmer_by_hand(result: RegimeResult) -> None:
    published = result.labels[result.labels["state"] >= 0]
    calm = published.loc[published["state"] == 0, "return"]
    row = result.regimes.iloc[0]
    assert row["volatility"] == pytest.approx(calm.std() * np.sqrt(252), rel=1e-12)
    assert row["mean_return"] == pytest.approx(calm.mean() * 252, rel=1e-12)
    assert row["sharpe_ratio"] == pytest.approx(row["mean_return"] / row["volatility"], rel=1e-12)


def test_the_hindsight_premium_is_what_a_ledger_by_hand_gives(result: RegimeResult) -> None:
    published = result.labels[result.labels["state"] >= 0]
    position = (published["state"].shift(1) == 0).astype(float)
    earned = position * published["return"] - 0.0005 * position.diff().abs().fillna(position)
    row = result.premium.set_index(["labels", "execution"]).loc[("online", "next_bar")]
    equity = (1 + earned).cumprod()
    assert row["sharpe_ratio"] == pytest.approx(earned.mean() / earned.std() * np.sqrt(252), rel=1e-10)
    assert row["annualized_return"] == pytest.approx(equity.iloc[-1] ** (252 / len(earned)) - 1, rel=1e-10)
    assert row["max_drawdown"] == pytest.approx((equity / equity.cummax().clip(lower=1.0) - 1).min(), rel=1e-10)
    assert len(result.premium) == 5


def test_seeing_the_whole_sample_flatters() -> None:
    path, _ = regime_path(4_000, seed=2, means=(0.0008, -0.0010))
    premium = RegimeDetector(SMALL).run(path).premium.set_index(["labels", "execution"])["sharpe_ratio"]
    assert premium[("hindsight", "same_bar")] > premium[("hindsight", "next_bar")] > premium[("online", "next_bar")]


def test_sessions_without_a_price_have_no_label_and_count_as_no_bar(prices: pd.Series) -> None:
    gaps = prices.mask(prices.index.isin(prices.index[[3, 300, 900, 901, 1_599]]))
    result = RegimeDetector(SMALL).run(gaps)
    missing = result.labels[gaps.isna()]
    assert (missing["state"] == -1).all()
    assert (missing["regime"] == "").all()
    assert result.n_obs == 1_595
    dense = RegimeDetector(SMALL).run(gaps.dropna())
    pd.testing.assert_frame_equal(result.labels[gaps.notna()], dense.labels, check_freq=False)
    assert result.end == prices.index[-1]


def test_too_little_history_says_how_much_is_needed(prices: pd.Series) -> None:
    with pytest.raises(InsufficientData, match=r"at least 630 bars .*received 629"):
        RegimeDetector(SMALL).run(prices.iloc[:629])
    with pytest.raises(InsufficientData, match=r"at least 504 bars .*received 503"):
        RegimeDetector(SMALL).fit(prices.iloc[:503])
    assert RegimeDetector(SMALL).run(prices.iloc[:630]).n_obs == 630


def test_an_unfitted_detector_says_what_to_do(prices: pd.Series) -> None:
    with pytest.raises(InvalidInput, match="call fit"):
        RegimeDetector().online_labels(prices)


def test_the_rule_knows_two_regimes_only() -> None:
    with pytest.raises(InvalidParameters, match="2 regimes"):
        RegimeDetector(RegimeParameters(model="volatility_rule", n_regimes=3))


def test_the_rule_as_a_model_publishes_the_rule(prices: pd.Series) -> None:
    labels = RegimeDetector(SMALL.replace(model="volatility_rule")).run(prices).labels.iloc[504:]
    pd.testing.assert_series_equal(labels["state"], labels["rule_state"], check_names=False)


def test_three_regimes_are_named_by_their_volatility(prices: pd.Series) -> None:
    detector = RegimeDetector(SMALL.replace(n_regimes=3, penalty=5.0)).fit(prices)
    table = detector.state_table
    assert table["regime"].tolist() == ["calm", "neutral", "stress"]
    assert table["volatility"].is_monotonic_increasing
    assert detector.transition_matrix.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert list(detector.filtered_probabilities(prices).columns) == [0, 1, 2]


def test_fewer_bars_than_the_warm_up_get_no_label(prices: pd.Series) -> None:
    detector = RegimeDetector(SMALL).fit(prices)
    short = prices.iloc[:100]
    assert (detector.online_labels(short) == -1).all()
    assert (detector.hindsight_labels(short) == -1).all()
    assert detector.filtered_probabilities(short).isna().all(axis=None)


def test_progress_is_reported_and_can_cancel(prices: pd.Series) -> None:
    seen: list[tuple[int, int]] = []
    RegimeDetector(SMALL).run(prices, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 9) for done in range(10)]

    def cancel(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        RegimeDetector(SMALL).run(prices, progress=cancel)


def test_the_result_shows_itself_and_escapes_names(prices: pd.Series) -> None:
    result = RegimeDetector(SMALL).run(prices)
    page = result._repr_html_()
    assert "<table>" in page
    assert "buy and hold" in page
    assert "<script>" not in result.replace(symbol="<script>")._repr_html_()
    assert result.to_frame() is result.labels
    assert result.to_dict()["labels"][0]["state"] == -1
