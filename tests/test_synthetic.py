"""The synthetic worlds: reproducible, and true to what they claim."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kurtosis

from titan_research.errors import InvalidInput
from titan_research.synthetic import (
    business_sessions,
    cointegrated_universe,
    random_walks,
    regime_path,
    symbols,
)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    assert random_walks(3, 100, 5).fingerprint == random_walks(3, 100, 5).fingerprint
    assert random_walks(3, 100, 5).fingerprint != random_walks(3, 100, 6).fingerprint
    first, second = (
        cointegrated_universe(2, 3, 1, 100, 10, 5)[0],
        cointegrated_universe(2, 3, 1, 100, 10, 5)[0],
    )
    assert first.fingerprint == second.fingerprint
    assert regime_path(100, 5)[0].equals(regime_path(100, 5)[0])


def test_sessions_are_utc_business_days() -> None:
    sessions = business_sessions(10)
    assert len(sessions) == 10
    assert str(sessions.tz) == "UTC"
    assert sessions.day_of_week.max() <= 4
    assert (sessions == sessions.normalize()).all()


def test_symbols_are_numbered() -> None:
    assert symbols(3) == ("S000", "S001", "S002")


@pytest.mark.parametrize("tails", ["normal", "t3", "garch"])
def test_steps_of_a_random_walk_are_unpredictable_and_of_one_percent(tails: str) -> None:
    steps = np.diff(np.log(random_walks(4, 8_000, 1, tails=tails).values), axis=0)
    assert steps.std() == pytest.approx(0.01, rel=0.15)
    autocorrelation = [np.corrcoef(column[1:], column[:-1])[0, 1] for column in steps.T]
    assert np.abs(autocorrelation).max() < 0.05


def test_tails_are_as_fat_as_their_name() -> None:
    steps = {name: np.diff(np.log(random_walks(1, 8_000, 2, tails=name).column("S000"))) for name in ("normal", "t3")}
    assert abs(kurtosis(steps["normal"])) < 0.3
    assert kurtosis(steps["t3"]) > 3
    garch = np.diff(np.log(random_walks(1, 8_000, 2, tails="garch").column("S000"))) ** 2
    assert np.corrcoef(garch[1:], garch[:-1])[0, 1] > 0.05


def test_true_pairs_are_all_pairs_inside_a_group_and_nothing_else() -> None:
    panel, pairs = cointegrated_universe(2, 3, 2, 200, 10, 3)
    assert panel.symbols == symbols(8)
    expected = (("S000", "S001"), ("S000", "S002"), ("S001", "S002"))
    assert pairs == (*expected, ("S003", "S004"), ("S003", "S005"), ("S004", "S005"))


def test_members_of_a_group_share_a_trend_with_the_half_life_asked_for() -> None:
    panel, pairs = cointegrated_universe(1, 2, 1, 20_000, 12, 4)
    logs = np.log(panel.to_frame())
    (y, x) = pairs[0]
    slope, intercept = np.polyfit(logs[x], logs[y], 1)
    spread = (logs[y] - slope * logs[x] - intercept).to_numpy()
    persistence = np.corrcoef(spread[1:], spread[:-1])[0, 1]
    assert np.log(0.5) / np.log(persistence) == pytest.approx(12, rel=0.25)


def test_regimes_last_and_move_as_long_and_as_much_as_asked_for() -> None:
    prices, states = regime_path(60_000, 6, durations=(40, 20), vols=(0.005, 0.02), means=(0.001, -0.001))
    steps = np.log(prices).diff()
    changes = np.count_nonzero(np.diff(states))
    assert changes == pytest.approx(60_000 / 30, rel=0.1)
    assert (states == 0).mean() == pytest.approx(2 / 3, rel=0.05)
    for state, volatility, mean in ((0, 0.005, 0.001), (1, 0.02, -0.001)):
        inside = steps[states == state].dropna()
        assert inside.std() == pytest.approx(volatility, rel=0.1)
        assert inside.mean() == pytest.approx(mean, abs=4 * volatility / np.sqrt(len(inside)))


def test_every_other_state_can_be_reached() -> None:
    _, states = regime_path(5_000, 7, durations=(20, 20, 20), vols=(0.01, 0.02, 0.03), means=(0, 0, 0))
    moves = {(a, b) for a, b in pairwise(states) if a != b}
    assert len(moves) == 6


@pytest.mark.parametrize(
    "call",
    [
        lambda: random_walks(0, 10, 1),
        lambda: random_walks(1, 10, 1, tails="cauchy"),
        lambda: cointegrated_universe(1, 1, 0, 100, 10, 1),
        lambda: cointegrated_universe(1, 2, 0, 100, 0, 1),
        lambda: regime_path(10, 1, durations=(5, 5), vols=(0.1,), means=(0, 0)),
        lambda: regime_path(10, 1, durations=(1, 5)),
    ],
)
def test_worlds_that_cannot_be_are_refused(call) -> None:
    with pytest.raises(InvalidInput, match="expected"):
        call()
