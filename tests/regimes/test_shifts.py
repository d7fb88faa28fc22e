"""Shifts: the bars on which the published label changed."""

from __future__ import annotations

import pandas as pd
import pytest

from titan_research.errors import InvalidInput
from titan_research.regimes.shifts import detect_shifts

NAMES = {0: "calm", 1: "stress", -1: ""}


def _labels(states: list[int]) -> pd.DataFrame:
    index = pd.bdate_range("2020-01-01", periods=len(states), tz="UTC", name="session")
    return pd.DataFrame(
        {
            "state": states,
            "regime": [NAMES[state] for state in states],
            "probability_0": [0.9 if state == 0 else 0.2 for state in states],
            "probability_1": [0.1 if state == 0 else 0.8 for state in states],
        },
        index=index,
    )


def test_a_shift_is_dated_at_the_first_bar_of_the_new_regime() -> None:
    labels = _labels([-1, -1, 0, 0, 0, 1, 1, 0])
    shifts = detect_shifts(labels)
    assert shifts["session"].tolist() == [labels.index[5], labels.index[7]]
    assert shifts["from_regime"].tolist() == ["calm", "stress"]
    assert shifts["to_regime"].tolist() == ["stress", "calm"]
    assert shifts["bars_since_previous"].tolist() == [3, 2]
    assert shifts["probability"].tolist() == [0.8, 0.9]


def test_bars_without_a_label_are_not_shifts() -> None:
    labels = _labels([0, -1, 0, -1, 1])
    assert detect_shifts(labels)["session"].tolist() == [labels.index[4]]


@pytest.mark.parametrize("states", [[-1, -1], [0, 0, 0], [1]])
def test_without_a_change_the_table_is_empty_but_has_its_columns(states: list[int]) -> None:
    shifts = detect_shifts(_labels(states))
    assert len(shifts) == 0
    assert list(shifts.columns) == [
        "session",
        "from_regime",
        "to_regime",
        "bars_since_previous",
        "probability",
    ]


def test_a_table_that_is_no_label_table_is_refused() -> None:
    with pytest.raises(InvalidInput, match="missing"):
        detect_shifts(pd.DataFrame({"state": [0]}))
