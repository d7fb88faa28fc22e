"""Between models, frames and the time-series store."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_site.trading.models import Instrument
from services.translation import (
    finite,
    frame_to_models,
    instruments_frame,
    opens_of,
    queryset_frame,
    records,
    register_instruments,
    split_rows,
)
from titan_research.errors import InvalidInput
from titan_research.panel import Panel


@given(st.floats())
def test_a_number_is_kept_and_an_undefined_one_becomes_null(value: float) -> None:
    assert finite(value) == (value if math.isfinite(value) else None)


def test_rows_become_plain_python_values() -> None:
    stamp = pd.Timestamp("2020-01-02", tz="UTC")
    frame = pd.DataFrame({"a": [1.5, np.nan], "n": [1, 2], "ok": [True, False], "at": [stamp, pd.NaT], "s": ["x", ""]})
    first, second = records(frame, list(frame.columns))
    assert first == {"a": 1.5, "n": 1, "ok": True, "at": stamp.to_pydatetime(), "s": "x"}
    assert second == {"a": None, "n": 2, "ok": False, "at": None, "s": ""}
    assert [type(value) for value in first.values()][:3] == [float, int, bool]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"\['b'\]"):
        list(records(pd.DataFrame({"a": [1.0]}), ["a", "b"]))


@given(st.integers(0, 50), st.integers(1, 9))
def test_parts_are_small_and_together_are_everything(count: int, size: int) -> None:
    parts = list(split_rows(range(count), size))
    assert [item for part in parts for item in part] == list(range(count))
    assert all(0 < len(part) <= size for part in parts)


def test_models_go_to_a_frame_and_back(db: None) -> None:
    register_instruments(["KO", "PEP"], {"KO": {"name": "Coca-Cola", "sector": "Consumer Staples"}})
    columns = ("symbol", "name", "sector", "is_index")
    before = queryset_frame(Instrument.objects.order_by("symbol"), columns)
    Instrument.objects.all().delete()
    Instrument.objects.bulk_create(frame_to_models(Instrument, before, currency="USD"))
    after = queryset_frame(Instrument.objects.order_by("symbol"), columns)

    pd.testing.assert_frame_equal(before, after)
    assert before["name"].tolist() == ["Coca-Cola", ""]
    with pytest.raises(InvalidInput, match="no fields"):
        frame_to_models(Instrument, pd.DataFrame({"ticker": ["KO"]}))


def test_registering_twice_adds_nothing(db: None) -> None:
    assert register_instruments(["KO", "PEP", "KO"]) == 2
    assert register_instruments(["KO", "PEP", "PG"]) == 1


def test_instruments_show_their_coverage(instruments: tuple[str, ...]) -> None:
    frame = instruments_frame().set_index("symbol")
    assert frame.loc["KO", "n_bars"] == 8_313
    assert frame.loc["KO", "sector"] == "Consumer Staples"


def test_a_panel_without_opens_is_no_panel_of_opens() -> None:
    index = pd.date_range("2020-01-01", periods=2, tz="UTC")
    empty = Panel.from_frame(pd.DataFrame({"A": [np.nan, np.nan]}, index=index), field="open")
    some = Panel.from_frame(pd.DataFrame({"A": [np.nan, 1.0]}, index=index), field="open")
    assert opens_of(empty) is None
    assert opens_of(some) is some
