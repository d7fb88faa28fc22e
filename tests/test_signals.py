"""Signals: the backtest's decisions, asked on one day, without the days after it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from titan_research.backtest.engine import BacktestEngine
from titan_research.causality import certify
from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters, NotFound
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, RuleParameters, SizingParameters, SpreadParameters
from titan_research.signals import PairBook, SignalResult, decision_path, generate_signals
from titan_research.synthetic import cointegrated_universe

PARAMETERS = BacktestParameters(
    spread=SpreadParameters(hedge_window=60, zscore_window=20),
    rules=RuleParameters(entry=1.2, exit=0.2, stop=2.2, max_holding=8),
)


@pytest.fixture(scope="module")
def panel() -> Panel:
    made, _ = cointegrated_universe(2, 2, 0, 700, 8.0, seed=5)
    values = np.where(np.random.default_rng(5).random(made.values.shape) < 0.004, np.nan, made.values)
    return Panel(values, made.index, made.symbols)


@pytest.fixture(scope="module")
def book() -> PairBook:
    return PairBook(y="S000", x="S001", parameters=PARAMETERS, source="test")


@pytest.fixture(scope="module")
def signals(panel: Panel, book: PairBook) -> pd.DataFrame:
    """The signal of every one of the last 500 sessions."""
    tables = [generate_signals(panel, [book], as_of=session).table for session in panel.index[200:]]
    return pd.concat(tables, ignore_index=True).set_index(panel.index[200:])


@pytest.mark.parametrize("kind", ["log", "price"])
def test_the_decision_of_every_session_is_the_backtests(panel: Panel, kind: str) -> None:
    parameters = PARAMETERS.replace(spread=PARAMETERS.spread.replace(kind=kind))
    result = BacktestEngine(costs=parameters.costs, sizing=parameters.sizing).run(
        panel, y="S000", x="S001", spread=parameters.spread, rules=parameters.rules
    )
    book = PairBook(y="S000", x="S001", parameters=parameters)
    assert set(result.positions["position"]) == {-1.0, 0.0, 1.0}
    for session in panel.index[100:-2:3]:
        row = generate_signals(panel, [book], as_of=session).table.iloc[0]
        expected = result.positions.loc[session]
        assert row["position"] == expected["position"], session
        np.testing.assert_array_equal(row[["zscore", "spread"]].to_numpy(float), expected[["zscore", "spread"]])


def test_nothing_after_as_of_is_used(panel: Panel, book: PairBook) -> None:
    rng = np.random.default_rng(0)
    for cut in (150, 333, 480, 699):
        values = panel.values.copy(order="F")
        values[cut:] *= np.exp(rng.standard_normal(values[cut:].shape))
        tampered = Panel(values, panel.index, panel.symbols)
        as_of = panel.index[cut - 1]
        before, after = (
            generate_signals(panel, [book], as_of=as_of),
            generate_signals(tampered, [book], as_of=as_of),
        )
        pd.testing.assert_frame_equal(before.table, after.table, check_exact=True)
        assert before.panel_fingerprint == after.panel_fingerprint


def test_the_decision_path_does_not_look_ahead() -> None:
    certificate = certify(decision_path, n_bars=500, n_cuts=8)
    assert certificate.passed, certificate.failures().to_string()


def test_actions_say_how_the_position_changes(signals: pd.DataFrame) -> None:
    position, previous = signals["position"], signals["previous_position"]
    assert (previous.iloc[1:].to_numpy() == position.iloc[:-1].to_numpy()).all()
    action = signals["action"]
    assert set(action) == {"enter_long", "enter_short", "hold", "exit", "stay_out"}
    assert ((action == "enter_long") == ((previous == 0) & (position == 1))).all()
    assert ((action == "enter_short") == ((previous == 0) & (position == -1))).all()
    assert ((action == "exit") == ((previous != 0) & (position == 0))).all()
    assert ((action == "hold") == ((previous != 0) & (position == previous))).all()


def test_every_kind_of_reason_is_told_in_one_sentence(signals: pd.DataFrame) -> None:
    reasons = signals["reason"]
    assert reasons.str.endswith(".").all()
    told = [
        "is cheap, buy S000, sell S001",
        "is dear, buy S001, sell S000",
        "come back to the exit",
        "beyond the stop",
        "Held for 8 bars",
        "is within the entry",
        "stay long",
        "stay short",
        "No z-score on this bar",
        "has not come back since",
    ]
    for part in told:
        assert reasons.str.contains(part).any(), part
    closed = signals[signals["action"] == "exit"]
    adverse = -closed["previous_position"] * closed["zscore"]
    told = closed["reason"]
    assert (told.str.contains("beyond the stop") == (adverse >= 2.2)).all()
    assert (told.str.contains("come back to the exit") == (adverse <= 0.2)).all()
    assert (told.str.contains("Held for 8 bars") == ((adverse > 0.2) & (adverse < 2.2))).all()


def test_an_exit_that_could_not_be_filled_yet_says_so(panel: Panel, book: PairBook, signals: pd.DataFrame) -> None:
    row = panel.index.get_loc(signals.index[signals["action"] == "exit"][3])
    values = panel.values.copy(order="F")
    values[row + 1, 0] = np.nan
    gap = Panel(values, panel.index, panel.symbols)
    after = generate_signals(gap, [book], as_of=panel.index[row + 1]).table.iloc[0]
    assert after["action"] == "stay_out"
    assert after["reason"] == "The exit decided before waits for a bar with both prices."


def test_weights_hedge_the_spread_and_add_up_to_the_gross_exposure(signals: pd.DataFrame) -> None:
    entered = signals[signals["action"].isin(["enter_long", "enter_short"])]
    np.testing.assert_allclose(entered["weight_y"].abs() + entered["weight_x"].abs(), 1.0, rtol=1e-12)
    np.testing.assert_allclose(entered["weight_x"], -entered["hedge_ratio"] * entered["weight_y"], rtol=1e-12)
    assert (np.sign(entered["weight_y"]) == entered["position"]).all()
    flat = signals[signals["position"] == 0]
    assert (flat[["weight_y", "weight_x"]] == 0).all(axis=None)


def test_a_held_position_keeps_the_weights_and_the_date_of_its_entry(signals: pd.DataFrame) -> None:
    entry = None
    held = 0
    for session, row in signals.iterrows():
        if row["action"].startswith("enter"):
            entry = (session, row["weight_y"], row["weight_x"])
        if row["action"] == "hold" and entry is not None:
            assert (row["decided"], row["weight_y"], row["weight_x"]) == entry
            held += 1
        if row["action"] == "exit" and entry is not None:
            assert row["decided"] == entry[0]
    assert held > 20
    assert signals.loc[signals["action"] == "stay_out", "decided"].isna().all()


def test_shares_of_a_price_spread_become_weights_at_the_prices_of_the_decision(panel: Panel) -> None:
    parameters = PARAMETERS.replace(
        spread=PARAMETERS.spread.replace(kind="price"), sizing=SizingParameters(gross_exposure=2.0)
    )
    book = PairBook(y="S000", x="S001", parameters=parameters)
    result = BacktestEngine(costs=parameters.costs, sizing=parameters.sizing).run(
        panel, y="S000", x="S001", spread=parameters.spread, rules=parameters.rules
    )
    trade = result.trades.iloc[3]
    row = generate_signals(panel, [book], as_of=trade["decided"]).table.iloc[0]
    closes = panel.to_frame().loc[trade["decided"]]
    capital = parameters.sizing.capital
    assert row["weight_y"] * capital == pytest.approx(trade["shares_y"] * closes["S000"], rel=1e-12)
    assert row["weight_x"] * capital == pytest.approx(trade["shares_x"] * closes["S001"], rel=1e-12)
    assert abs(row["weight_y"]) + abs(row["weight_x"]) == pytest.approx(2.0, rel=1e-12)


def test_stress_makes_positions_smaller_and_decisions_no_other(
    panel: Panel, book: PairBook, signals: pd.DataFrame
) -> None:
    session = signals.index[signals["action"] == "hold"][5]
    results = {
        regime: generate_signals(panel, [book], as_of=session, regime=regime, stress_scale=0.25)
        for regime in (None, "calm", "stress")
    }
    rows = {regime: result.table.iloc[0] for regime, result in results.items()}
    assert rows["stress"]["weight_y"] == 0.25 * rows[None]["weight_y"] != 0
    assert rows["calm"]["weight_y"] == rows[None]["weight_y"]
    assert [row["size_multiplier"] for row in rows.values()] == [1.0, 1.0, 0.25]
    assert [row["regime"] for row in rows.values()] == ["", "calm", "stress"]
    assert [result.regime for result in results.values()] == [None, "calm", "stress"]
    assert len({row["position"] for row in rows.values()}) == 1


def test_strength_is_the_zscore_in_entries(signals: pd.DataFrame) -> None:
    known = signals.dropna(subset="zscore")
    np.testing.assert_allclose(known["strength"], known["zscore"].abs() / 1.2)


def test_a_date_between_sessions_means_the_session_before(panel: Panel, book: PairBook) -> None:
    friday = panel.index[panel.index.day_of_week == 4][80]
    result = generate_signals(panel, [book], as_of=friday + pd.Timedelta(days=1))
    assert result.session == friday
    pd.testing.assert_frame_equal(result.table, generate_signals(panel, [book], as_of=friday).table)


def test_many_pairs_give_a_row_each_in_their_order(panel: Panel, book: PairBook) -> None:
    other = PairBook(y="S003", x="S002", parameters=PARAMETERS, source="other")
    result = generate_signals(panel, [book, other], as_of=panel.index[-1])
    assert isinstance(result, SignalResult)
    assert result.table["y"].tolist() == ["S000", "S003"]
    assert result.table["source"].tolist() == ["test", "other"]
    assert result.n_signals == 2
    assert result.n_actionable == result.table["action"].isin(["enter_long", "enter_short", "exit"]).sum()
    assert result.to_dict()["table"][1]["parameters"] == PARAMETERS.fingerprint()
    assert "object" not in [str(dtype) for dtype in result.table.dtypes]


def test_too_short_a_history_stays_out_and_says_why(panel: Panel, book: PairBook) -> None:
    row = generate_signals(panel, [book], as_of=panel.index[10]).table.iloc[0]
    assert row["action"] == "stay_out"
    assert "needs 60 bars" in row["reason"]


def test_fixed_coefficients_decide_nothing_before_the_end_of_their_fit(panel: Panel) -> None:
    fitted = panel.index[300]
    spread = SpreadParameters(
        method="fixed", hedge_ratio=1.0, intercept=0.0, fitted_until=str(fitted.date()), zscore_window=20
    )
    book = PairBook(y="S000", x="S001", parameters=PARAMETERS.replace(spread=spread))
    path = decision_path(panel, book)
    assert (path["position"].iloc[:301] == 0).all()
    assert (path["position"].iloc[301:] != 0).any()
    with pytest.raises(InvalidInput, match="fitted until"):
        generate_signals(panel, [book], as_of=fitted)
    assert generate_signals(panel, [book], as_of=panel.index[301]).n_signals == 1


def test_questions_that_make_no_sense_are_refused(panel: Panel, book: PairBook) -> None:
    last = panel.index[-1]
    with pytest.raises(InsufficientData, match="no bar at or before"):
        generate_signals(panel, [book], as_of="1990-01-01")
    with pytest.raises(InvalidInput, match="at least one pair"):
        generate_signals(panel, [], as_of=last)
    with pytest.raises(InvalidInput, match="as_of"):
        generate_signals(panel, [book], as_of=None)
    with pytest.raises(InvalidInput, match="regime: expected"):
        generate_signals(panel, [book], as_of=last, regime="panic")
    with pytest.raises(InvalidParameters, match="stress_scale"):
        generate_signals(panel, [book], as_of=last, stress_scale=2.0)
    with pytest.raises(NotFound, match="S999"):
        generate_signals(panel, [PairBook(y="S000", x="S999")], as_of=last)
    with pytest.raises(InvalidInput, match="two different"):
        PairBook(y="KO", x="KO")
