"""Results are values with strict JSON, tables and notebook output."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd
import pytest

from titan_research.results import FrameResult, Result, json_value


class Color(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner(Result):
    sharpe_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalars(Result):
    y: str
    p_value: float
    color: Color
    start: pd.Timestamp
    limits: tuple[float, ...]
    inner: Inner | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Frames(FrameResult):
    n_obs: int
    equity: pd.Series
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.table


@pytest.fixture
def scalars() -> Scalars:
    start = pd.Timestamp("2020-01-02", tz="UTC")
    inner = Inner(sharpe_ratio=math.inf)
    return Scalars(y="<b>KO</b>", p_value=math.nan, color=Color.RED, start=start, limits=(1.0, math.nan), inner=inner)


@pytest.fixture
def frames() -> Frames:
    index = pd.date_range("2020-01-01", periods=2, tz="UTC", name="session")
    table = pd.DataFrame({"x": [1.0, np.nan], "n": [1, 2], "ok": [True, False], "name": ["a", None]}, index=index)
    return Frames(n_obs=2, equity=pd.Series([1.0, np.inf], index=index), table=table)


def test_json_is_strict_and_complete(scalars: Scalars) -> None:
    document = scalars.to_dict()
    assert document == {
        "y": "<b>KO</b>",
        "p_value": None,
        "color": "red",
        "start": "2020-01-02T00:00:00+00:00",
        "limits": [1.0, None],
        "inner": {"sharpe_ratio": None},
    }
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_frames_and_series_are_strict_json_too(frames: Frames) -> None:
    document = json.loads(json.dumps(frames.to_dict(), allow_nan=False))
    assert document["equity"]["values"] == [1.0, None]
    assert document["table"][1]["x"] is None
    assert document["table"][0] == {"x": 1.0, "n": 1, "ok": True, "name": "a"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("nan"), None),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (pd.NaT, None),
        (date(2020, 1, 2), "2020-01-02"),
        (np.array([1.0, np.inf]), [1.0, None]),
        ({Color.RED: (1, 2)}, {"red": [1, 2]}),
        (frozenset({1}), [1]),
        (-0.0, 0.0),
    ],
)
def test_numpy_and_pandas_values_become_plain_ones(value: object, expected: object) -> None:
    assert json_value(value) == expected
    json.dumps(json_value(value), allow_nan=False)


def test_what_has_no_json_form_is_said_so() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        json_value(object())


def test_scalars_are_values(scalars: Scalars) -> None:
    assert scalars.replace(y="KO", p_value=0.5) == scalars.replace(y="KO", p_value=0.5)
    assert len({scalars.replace(p_value=0.5), scalars.replace(p_value=0.5)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        scalars.y = "PEP"  # type: ignore[misc]
    assert list(scalars.to_frame()["p_value"]) == pytest.approx([math.nan], nan_ok=True)


def test_results_with_frames_are_compared_by_identity(frames: Frames) -> None:
    assert frames == frames
    assert frames != frames.replace()
    assert frames.to_frame() is frames.table


def test_notebook_output_escapes_names_and_shows_undefined_as_a_dash(scalars: Scalars) -> None:
    html = scalars._repr_html_()
    assert "<b>KO" not in html
    assert "&lt;b&gt;KO" in html
    assert "–" in html
    assert "2020-01-02" in scalars.summary()
    assert "nan" not in scalars.summary()
