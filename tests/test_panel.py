"""The block that everything computes on."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from titan_research.errors import InvalidInput, NotFound
from titan_research.panel import Panel
from titan_research.types import Field, Interval

INDEX = pd.date_range("2020-01-01", periods=4, tz="UTC")
FINGERPRINT = "panel = Panel(np.array([[1.0, np.nan], [3.0, 0.1]]), pd.date_range('2020', periods=2), ('KO', 'PEP'))"


@pytest.fixture
def panel() -> Panel:
    return Panel(np.arange(8.0).reshape(4, 2) + 1, INDEX, ("KO", "PEP"))


def test_values_are_read_only_and_each_series_is_contiguous(panel: Panel) -> None:
    assert not panel.values.flags.writeable
    assert panel.column("PEP").flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        panel.values[0, 0] = 9
    with pytest.raises(ValueError, match="read-only"):
        panel.to_frame().to_numpy()[0, 0] = 9


@pytest.mark.parametrize("order", ["C", "F"])
def test_changing_the_source_does_not_change_the_panel(order: str) -> None:
    values = np.array(np.ones((4, 2)), order=order)  # type: ignore[call-overload]
    index = INDEX.copy()
    panel = Panel(values, index, ("KO", "PEP"))
    values[0, 0] = 9
    assert panel.values[0, 0] == 1


@pytest.mark.parametrize("width", [1, 2])
def test_changing_a_frame_or_a_view_does_not_change_its_panel(width: int) -> None:
    frame = pd.DataFrame(np.ones((4, width)), index=INDEX, columns=["KO", "PEP"][:width])
    panel = Panel.from_frame(frame)
    frame.iloc[0, 0] = 9
    frame.iloc[:, 0] = 9
    assert panel.values[0, 0] == 1

    values = np.ones((width, 4))
    panel = Panel(values.T, INDEX, panel.symbols)
    values[0, 0] = 9
    assert panel.values[0, 0] == 1

    locked = values.T
    locked.flags.writeable = False
    panel = Panel(locked, INDEX, panel.symbols)
    assert np.shares_memory(panel.values, values)


def test_a_frame_makes_the_round_trip(panel: Panel) -> None:
    again = Panel.from_frame(panel.to_frame())
    assert again.fingerprint == panel.fingerprint
    assert np.shares_memory(panel.to_frame().to_numpy(), panel.values)


def test_naive_sessions_are_utc_and_other_zones_are_converted() -> None:
    naive = Panel(np.ones((4, 1)), INDEX.tz_localize(None), ("KO",))
    paris = Panel(np.ones((4, 1)), INDEX.tz_convert("Europe/Paris"), ("KO",))
    assert naive.index.equals(INDEX)
    assert naive.fingerprint == paris.fingerprint
    assert str(naive.index.dtype) == "datetime64[us, UTC]"


def test_the_fingerprint_is_of_the_content(panel: Panel) -> None:
    same = Panel(np.asarray(panel.values.copy(order="C")), INDEX.as_unit("ns"), ("KO", "PEP"))
    changed = panel.values.copy()
    changed[3, 1] = np.nextafter(changed[3, 1], 9)
    others = [
        Panel(changed, INDEX, panel.symbols),
        Panel(panel.values, INDEX + pd.Timedelta(days=1), panel.symbols),
        Panel(panel.values, INDEX, ("PEP", "KO")),
        Panel(panel.values, INDEX, panel.symbols, Field.OPEN),
        Panel(panel.values, INDEX, panel.symbols, Field.CLOSE, Interval.HOUR),
        panel.rows(0, 3),
        panel.select(["KO"]),
    ]
    assert same.fingerprint == panel.fingerprint
    assert len({panel.fingerprint, *(other.fingerprint for other in others)}) == len(others) + 1


def test_every_nan_and_every_zero_is_the_same_to_the_fingerprint() -> None:
    odd_nan = np.array([0x7FF8000000000123], dtype=np.uint64).view(np.float64)[0]
    one = Panel(np.array([[np.nan, 0.0]]), INDEX[:1], ("KO", "PEP"))
    two = Panel(np.array([[odd_nan, -0.0]]), INDEX[:1], ("KO", "PEP"))
    assert one.fingerprint == two.fingerprint


def test_the_fingerprint_is_the_same_in_another_process_and_after_pickling() -> None:
    namespace: dict[str, object] = {"np": np, "pd": pd, "Panel": Panel}
    exec(FINGERPRINT, namespace)
    panel = namespace["panel"]
    assert isinstance(panel, Panel)
    code = "import numpy as np, pandas as pd\nfrom titan_research.panel import Panel\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}{FINGERPRINT}\nprint(panel.fingerprint)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == panel.fingerprint == pickle.loads(pickle.dumps(panel)).fingerprint


def test_both_ends_of_a_range_are_included(panel: Panel) -> None:
    assert list(panel.between("2020-01-02", "2020-01-03").column("KO")) == [3, 5]
    assert len(panel.between("2021-01-01")) == 0
    assert len(panel.between("2020-01-03", "2020-01-01")) == 0
    assert panel.between().fingerprint == panel.fingerprint


def test_symbols_are_selected_in_the_order_given(panel: Panel) -> None:
    swapped = panel.select(["PEP", "KO"])
    assert swapped.symbols == ("PEP", "KO")
    np.testing.assert_array_equal(swapped.values, panel.values[:, ::-1])
    assert panel.series("PEP").name == "PEP"
    with pytest.raises(NotFound, match="'XOM' is not in the panel; it has KO, PEP"):
        panel.select(["XOM"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((3, 2)), INDEX, ("KO", "PEP")), r"shape \(3, 2\), expected \(4, 2\)"),
        ((np.ones((4, 2)), INDEX[::-1], ("KO", "PEP")), "strictly increasing"),
        ((np.ones((4, 2)), INDEX[[0, 1, 1, 2]], ("KO", "PEP")), "strictly increasing"),
        ((np.ones((4, 2)), INDEX, ("KO", "KO")), "once only"),
        ((np.ones((4, 2)), INDEX, ("KO", "pep")), "use upper case"),
        ((np.ones((4, 2)), np.arange(4), ("KO", "PEP")), "expected a DatetimeIndex"),
    ],
)
def test_a_block_that_does_not_fit_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Panel(*arguments)  # type: ignore[arg-type]


def test_frames_of_text_and_things_that_are_no_frames_are_refused() -> None:
    with pytest.raises(InvalidInput, match="numeric columns"):
        Panel.from_frame(pd.DataFrame({"KO": ["a", "b"]}, index=INDEX[:2]))
    with pytest.raises(InvalidInput, match="expected a DataFrame"):
        Panel.from_frame([1, 2])  # type: ignore[arg-type]
    for index in ([0, 1], [1_577_836_800, 1_577_923_200], ["first", "second"]):
        with pytest.raises(InvalidInput, match="expected a DatetimeIndex"):
            Panel.from_frame(pd.DataFrame({"KO": [1.0, 2.0]}, index=index))


def test_dates_written_as_text_are_sessions() -> None:
    panel = Panel.from_frame(pd.DataFrame({"KO": [1.0, 2.0]}, index=["2020-01-01", "2020-01-02"]))
    assert list(panel.index) == list(INDEX[:2])


def test_nullable_numbers_become_nan() -> None:
    frame = pd.DataFrame({"KO": pd.array([1, None], dtype="Int64")}, index=INDEX[:2])
    np.testing.assert_array_equal(Panel.from_frame(frame).column("KO"), [1, np.nan])


def test_the_representation_says_what_it_is(panel: Panel) -> None:
    assert repr(panel) == "Panel(4 sessions x 2 symbols, 2020-01-01..2020-01-04, close, 1d)"
    assert "empty" in repr(panel.rows(0, 0))
