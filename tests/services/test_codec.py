"""Results survive storage bit for bit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codec import decode_result, encode_result, frame_from_bytes, frame_to_bytes
from titan_research.parameters import RuleParameters
from titan_research.results import FrameResult, Result
from titan_research.types import TestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner(Result):
    number: float
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Everything(FrameResult):
    name: str
    count: int
    flag: bool
    ratio: float
    missing: float | None
    start: pd.Timestamp
    status: TestStatus
    rules: RuleParameters
    inner: Inner
    legs: tuple[str, ...]
    levels: tuple[float, ...]
    facts: dict[str, float]
    table: pd.DataFrame
    equity: pd.Series


def _everything(ratio: float) -> Everything:
    index = pd.date_range("2020-01-01", periods=3, tz="UTC", name="session").as_unit("us")
    return Everything(
        name="a",
        count=3,
        flag=True,
        ratio=ratio,
        missing=None,
        start=index[0],
        status=TestStatus.OK,
        rules=RuleParameters(stop=None),
        inner=Inner(number=ratio, text="x"),
        legs=("KO", "PEP"),
        levels=(1.0, 0.1 + 0.2),
        facts={"a": ratio},
        table=pd.DataFrame({"value": [1.0, np.nan, ratio], "text": ["a", "b", ""]}, index=index),
        equity=pd.Series([1.0, 0.1 + 0.2, ratio], index=index, name="equity"),
    )


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_field_comes_back_as_it_was(ratio: float) -> None:
    before = _everything(ratio)
    after = decode_result(Everything, encode_result(before))

    pd.testing.assert_frame_equal(before.table, after.table, check_exact=True, check_freq=False)
    pd.testing.assert_series_equal(before.equity, after.equity, check_exact=True, check_freq=False)
    assert (before.rules, before.legs, before.levels, before.start) == (
        after.rules,
        after.legs,
        after.levels,
        after.start,
    )
    assert type(after.status) is TestStatus
    assert after.missing is None
    for one, other in ((before.ratio, after.ratio), (before.inner.number, after.inner.number)):
        assert one == other or (math.isnan(one) and math.isnan(other))


def test_encoding_twice_gives_the_same_bytes() -> None:
    assert encode_result(_everything(0.1)) == encode_result(_everything(0.1))


def test_an_empty_frame_keeps_its_columns_and_types() -> None:
    frame = pd.DataFrame({"a": pd.Series(dtype="float64"), "t": pd.Series(dtype="datetime64[us, UTC]")})
    pd.testing.assert_frame_equal(frame_from_bytes(frame_to_bytes(frame)), frame)


def test_a_result_of_a_type_that_cannot_come_back_is_refused() -> None:
    with pytest.raises(TypeError, match="no JSON form"):
        encode_result(_everything(1.0).replace(facts={"a": object()}))
