"""The state machine: when it enters, why it leaves, and when it may come back."""

from __future__ import annotations

import numpy as np
import pytest

from titan_research.backtest.rules import decisions
from titan_research.causality import certify
from titan_research.errors import InvalidInput
from titan_research.parameters import RuleParameters

NAN = float("nan")


def follow(zscore: list[float], **changes: object) -> tuple[list[int], list[str]]:
    rules = RuleParameters(**{"entry": 2.0, "exit": 0.5, "stop": None, "max_holding": None, **changes})
    found = decisions(np.array(zscore), rules)
    return found.position.tolist(), [reason for reason in found.reason.tolist() if reason]


def test_a_high_spread_is_sold_and_a_low_one_bought_until_it_reverts() -> None:
    assert follow([1.9, 2.0, 1.0, 0.6, 0.5, 0]) == ([0, -1, -1, -1, 0, 0], ["reversion"])
    assert follow([-1.9, -2.0, -1.0, -0.6, -0.5, 0]) == ([0, 1, 1, 1, 0, 0], ["reversion"])


def test_a_spread_that_jumps_across_has_reverted() -> None:
    assert follow([2.5, -2.5, -2.5, 0.0]) == ([-1, 0, 1, 0], ["reversion", "reversion"])


def test_a_negative_exit_waits_for_the_overshoot() -> None:
    assert follow([2.5, 0.0, -0.4, -0.5], exit=-0.5) == ([-1, -1, -1, 0], ["reversion"])


def test_a_stop_shuts_its_side_until_the_spread_has_come_back() -> None:
    shut = follow([2.5, 4.0, 3.0, 2.5, 0.6, 2.5, 0.5, 2.5], stop=4.0)
    assert shut == ([-1, 0, 0, 0, 0, 0, 0, -1], ["stop"])


def test_a_stop_opens_again_when_the_spread_crosses_to_the_other_side() -> None:
    assert follow([2.5, 4.0, 3.0, -2.5, 0], stop=4.0) == ([-1, 0, 0, 1, 0], ["stop", "reversion"])
    assert follow([-2.5, -4.0, -3.0, 2.5, 0], stop=4.0) == ([1, 0, 0, -1, 0], ["stop", "reversion"])


def test_nothing_is_entered_beyond_the_stop() -> None:
    assert follow([4.0, 5.0, 3.9], stop=4.0)[0] == [0, 0, -1]


def test_time_runs_out_that_many_bars_after_the_decision_to_enter() -> None:
    assert follow([2.5] * 6, max_holding=3) == ([-1, -1, -1, 0, -1, -1], ["time"])


def test_the_stop_comes_before_the_clock_and_reversion_before_the_clock() -> None:
    assert follow([2.5, 2.5, 5.0], stop=4.0, max_holding=2)[1] == ["stop"]
    assert follow([2.5, 2.5, 0.0], max_holding=2)[1] == ["reversion"]


def test_without_a_zscore_everything_stays_and_the_clock_runs_on() -> None:
    assert follow([NAN, 2.5, NAN, 0.0]) == ([0, -1, -1, 0], ["reversion"])
    assert follow([2.5, NAN, NAN, 2.4], max_holding=3) == ([-1, -1, -1, 0], ["time"])
    assert follow([2.5, NAN, NAN, NAN], max_holding=1) == ([-1, -1, -1, -1], [])


def test_a_table_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2 dimensions"):
        decisions(np.zeros((3, 2)), RuleParameters())


def test_the_state_machine_does_not_look_ahead() -> None:
    certificate = certify(decisions, n_bars=400, n_cuts=6)
    assert certificate.passed, certificate.failures()
