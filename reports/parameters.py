"""What a template may be asked: its tagged ``parameters`` cell, read and enforced.

papermill itself neither enforces types nor refuses a name that is no name: a hostile name would be run as
code. Nothing reaches papermill that has not been through :func:`check_parameters`.
"""

from __future__ import annotations

import ast
import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from titan_research.errors import InvalidParameters, NotFound

__all__ = ["TEMPLATES", "TemplateParameter", "check_parameters", "template_parameters", "template_path"]

TEMPLATES = Path(__file__).parent / "templates"

_MAX_TEXT = 10_000
_MAX_ITEMS = 1_000
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateParameter:
    """A line of a parameters cell: ``name: kind = default  # help``; ``item`` is the type inside a list."""

    name: str
    kind: str
    item: str | None
    default: Any
    help: str

    @property
    def declared(self) -> str:
        return f"{self.kind}[{self.item}]" if self.item else self.kind


def template_path(template: str | Path) -> Path:
    """Return the notebook of a template: a name such as ``"pair"`` in the templates folder, or a ``Path``.

    A string is never taken as a path, so a name that came from outside cannot point anywhere else.
    """
    if isinstance(template, str):
        path = TEMPLATES / f"{template}.ipynb"
        if not template.isidentifier() or not path.is_file():
            known = sorted(item.stem for item in TEMPLATES.glob("*.ipynb"))
            raise NotFound(
                f"report template {template[:60]!r} does not exist; there are {known}", template=template[:60]
            )
        return path
    if template.suffix != ".ipynb" or not template.is_file():
        raise NotFound(f"report template {str(template)[-80:]!r}: expected the path of an existing .ipynb file")
    return template.absolute()


def template_parameters(template: str | Path) -> dict[str, TemplateParameter]:
    """Return the declared parameters of a template, in the order of its ``parameters`` cell."""
    path = template_path(template)
    status = path.stat()
    return dict(_inspect(path, status.st_mtime_ns, status.st_size))


@functools.lru_cache(maxsize=32)
def _inspect(path: Path, mtime_ns: int, size: int) -> dict[str, TemplateParameter]:
    import nbformat
    import papermill

    notebook = nbformat.read(path, as_version=4)
    found = papermill.inspect_notebook(notebook)
    if not found:
        raise InvalidParameters(
            f"template {path.name}: expected a cell tagged 'parameters' with `name: type = default` lines"
        )
    return {name: _declaration(path.name, line) for name, line in found.items()}


def _declaration(template: str, line: Mapping[str, Any]) -> TemplateParameter:
    name, declared = str(line["name"]), str(line["inferred_type_name"]).replace(" ", "").lower()
    kind, _, rest = declared.partition("[")
    item = rest.removesuffix("]") or None
    scalars = {"str", "int", "float", "bool"}
    if kind not in scalars | {"list"} or (item is not None and (kind != "list" or item not in scalars)):
        raise InvalidParameters(
            f"template {template}: parameter {name!r} is declared as {declared!r}; allowed are str, int, "
            "float, bool, list and a list of one of them"
        )
    try:
        default = ast.literal_eval(str(line["default"]))
    except (ValueError, SyntaxError) as error:
        raise InvalidParameters(f"template {template}: the default of {name!r} must be a literal") from error
    return TemplateParameter(name=name, kind=kind, item=item, default=default, help=str(line["help"]).strip())


def check_parameters(template: str | Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` as plain JSON scalars and lists of the declared types, or raise InvalidParameters.

    A string for a parameter that is no string is converted by the declared type, as command lines and forms
    send strings: ``"20"``, ``"0.5"``, ``"true"``, ``"KO,PEP"`` or ``"[1, 2]"``.
    """
    declared = template_parameters(template)
    checked = {}
    for name, value in values.items():
        parameter = declared.get(name) if isinstance(name, str) and name.isidentifier() else None
        if parameter is None:
            allowed = ", ".join(f"{item.name} ({item.declared})" for item in declared.values())
            raise InvalidParameters(f"unknown parameter {str(name)[:60]!r}; allowed are {allowed}", name=str(name)[:60])
        checked[parameter.name] = _convert(parameter, value)
    return checked


def _convert(parameter: TemplateParameter, value: Any) -> Any:
    if parameter.kind != "list":
        return _scalar(parameter, parameter.kind, value)
    items = _split(parameter, value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or len(items) > _MAX_ITEMS:
        raise _mistyped(parameter, value)
    return [_scalar(parameter, parameter.item, item) for item in items]


def _split(parameter: TemplateParameter, text: str) -> list[Any]:
    stripped = text.strip()
    if not stripped.startswith("["):
        return [item.strip() for item in stripped.split(",") if item.strip()]
    try:
        items = json.loads(stripped)
    except (ValueError, RecursionError):
        raise _mistyped(parameter, text) from None
    if not isinstance(items, list):
        raise _mistyped(parameter, text)
    return items


def _scalar(parameter: TemplateParameter, kind: str | None, value: Any) -> str | int | float | bool:
    if isinstance(value, str):
        text = str(value)
        if len(text) > _MAX_TEXT or "\0" in text or not _encodable(text):
            raise _mistyped(parameter, value)
        return text if kind in {"str", None} else _parse(parameter, str(kind), text.strip())
    if isinstance(value, bool):
        if kind in {"bool", None}:
            return bool(value)
    elif isinstance(value, int):
        if kind in {"int", None}:
            return int(value)
        if kind == "float" and abs(value) < 2**53:
            return float(value)
    elif isinstance(value, float) and math.isfinite(value) and kind in {"float", None}:
        return float(value)
    raise _mistyped(parameter, value)


def _parse(parameter: TemplateParameter, kind: str, text: str) -> int | float | bool:
    if kind == "bool" and text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    if kind in {"int", "float"} and len(text) <= 40:
        try:
            number = int(text) if kind == "int" else float(text)
        except ValueError:
            raise _mistyped(parameter, text) from None
        if math.isfinite(number):
            return number
    raise _mistyped(parameter, text)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _mistyped(parameter: TemplateParameter, value: Any) -> InvalidParameters:
    received = ascii(value)
    return InvalidParameters(
        f"parameter {parameter.name!r} must be {parameter.declared} (numbers finite, text up to {_MAX_TEXT} "
        f"characters, lists up to {_MAX_ITEMS}); received {received[:60]} ({type(value).__name__})",
        name=parameter.name,
    )
