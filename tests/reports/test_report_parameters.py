from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from reports.parameters import check_parameters, template_parameters, template_path
from titan_research.errors import InvalidParameters, NotFound

HOSTILE_NAMES = [
    "n = 0; import os; x",
    "symbol; import os",
    "symbol = 1\nimport os\ny",
    "__import__('os')",
    "symbol ",
    "",
    "PAPERMILL_INPUT_PATH",
    "__builtins__",
    "os",
    "symbol: str",
]
HOSTILE_VALUES: list[tuple[str, Any]] = [
    ("symbol", ('"); import os; ("',)),
    ("symbol", {"a": 1}),
    ("symbol", b"bytes"),
    ("symbol", None),
    ("symbol", "a\0b"),
    ("symbol", "\ud800"),
    ("symbol", "x" * 10_001),
    ("window", "20; import os"),
    ("window", "__import__('os')"),
    ("window", 20.5),
    ("window", True),
    ("window", "1" * 41),
    ("fraction", float("nan")),
    ("fraction", "inf"),
    ("flag", "maybe"),
    ("flag", 1),
    ("names", ["KO", 3]),
    ("names", [["KO"]]),
    ("names", [("KO",)]),
    ("names", {"KO"}),
    ("levels", ["x", {"a": 1}]),
    ("levels", [None]),
    ("levels", "[" * 5_000),
    ("names", ["A"] * 1_001),
]


def test_the_parameters_cell_is_read_with_types_defaults_and_help(template: Path) -> None:
    found = template_parameters(template)

    assert list(found) == ["symbol", "window", "fraction", "flag", "names", "levels"]
    assert [item.declared for item in found.values()] == ["str", "int", "float", "bool", "list[str]", "list"]
    assert (found["window"].default, found["window"].help) == (20, "bars")
    assert found["names"].default == ["KO", "PEP"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_the_template_does_not_declare_is_refused(template: Path, name: str) -> None:
    with pytest.raises(InvalidParameters, match=r"unknown parameter .* allowed are symbol \(str\), window \(int\)"):
        check_parameters(template, {name: 1})


def test_a_name_that_is_no_string_is_refused(template: Path) -> None:
    with pytest.raises(InvalidParameters, match="unknown parameter"):
        check_parameters(template, {1: "KO"})  # type: ignore[dict-item]


@pytest.mark.parametrize(("name", "value"), HOSTILE_VALUES, ids=lambda value: ascii(value)[:20])
def test_a_value_of_another_type_is_refused(template: Path, name: str, value: Any) -> None:
    with pytest.raises(InvalidParameters, match=f"parameter '{name}' must be"):
        check_parameters(template, {name: value})


def test_strings_of_a_command_line_are_converted_by_the_declared_type(template: Path) -> None:
    given = {
        "symbol": "007",
        "window": " 30 ",
        "fraction": "2",
        "flag": "no",
        "names": "KO, PEP",
        "levels": "[1, 2.5, true]",
    }

    checked = check_parameters(template, given)

    assert checked == {
        "symbol": "007", "window": 30, "fraction": 2.0, "flag": False,
        "names": ["KO", "PEP"], "levels": [1, 2.5, True],
    }  # fmt: skip
    assert [type(value) for value in checked.values()] == [str, int, float, bool, list, list]


def test_an_enumeration_becomes_its_plain_text(template: Path) -> None:
    class Kind(StrEnum):
        COLA = "KO"

    checked = check_parameters(template, {"symbol": Kind.COLA, "fraction": 1})

    assert type(checked["symbol"]) is str
    assert checked == {"symbol": "KO", "fraction": 1.0}


def test_a_text_name_never_reaches_outside_the_templates_folder(template: Path) -> None:
    for name in (str(template), "../engine", "/etc/passwd", "https://example.org/x.ipynb", "nowhere"):
        with pytest.raises(NotFound, match="does not exist"):
            template_path(name)


def test_a_template_with_an_unusable_declaration_says_so(make_template: Callable[..., Path]) -> None:
    with pytest.raises(InvalidParameters, match="declared as 'dict'"):
        template_parameters(make_template(parameters="a: dict = {}"))
    with pytest.raises(InvalidParameters, match="must be a literal"):
        template_parameters(make_template(parameters="a: int = len('x')"))
    with pytest.raises(InvalidParameters, match="expected a cell tagged"):
        template_parameters(make_template(parameters="pass"))
