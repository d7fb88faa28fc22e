"""Command-line options made from parameter classes: one definition of names, types and defaults."""

from __future__ import annotations

import dataclasses
import types
import typing
from argparse import ArgumentParser
from enum import Enum
from typing import Any, TypeVar

from titan_research.parameters import BacktestParameters, Parameters

__all__ = ["add_backtest", "add_parameters", "add_period", "backtest_from", "parameters_from"]

P = TypeVar("P", bound=Parameters)
_PARTS = ("spread", "rules", "costs", "sizing")


def add_period(parser: ArgumentParser) -> None:
    """``--start`` and ``--end``, both included."""
    parser.add_argument("--start", metavar="DATE", help="first session, for example 2010-01-01 (default: all there is)")
    parser.add_argument("--end", metavar="DATE", help="last session, included (default: all there is)")


def add_parameters(parser: ArgumentParser, owner: type[Parameters], *, skip: tuple[str, ...] = ()) -> None:
    """One option a scalar field, with the field's default."""
    hints = typing.get_type_hints(owner)
    group = parser.add_argument_group(f"{owner.__name__}")
    for field in dataclasses.fields(owner):
        hint = hints[field.name]
        members = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        kind = next((member for member in members if member is not type(None)), str)
        if field.name in skip or not isinstance(kind, type) or issubclass(kind, Parameters) or typing.get_origin(kind):
            continue
        optional = type(None) in members
        default = "none" if field.default is None else getattr(field.default, "value", field.default)
        option: dict[str, Any] = {"default": None, "help": f"default {default}"}
        if issubclass(kind, Enum):
            option["choices"] = [member.value for member in kind]
        elif kind is bool:
            option.update(type=_boolean, metavar="yes|no")
        else:
            option.update(type=_optional(kind) if optional else kind, metavar=kind.__name__.upper())
        group.add_argument(f"--{field.name.replace('_', '-')}", dest=f"{owner.__name__}.{field.name}", **option)


def parameters_from(owner: type[P], options: dict[str, Any], **fixed: Any) -> P:
    """The parameters that the options say; options not given keep their defaults."""
    prefix = f"{owner.__name__}."
    given = {
        name.removeprefix(prefix): value
        for name, value in options.items()
        if name.startswith(prefix) and value is not None
    }
    return owner(**{name: None if value == "none" else value for name, value in given.items()}, **fixed)


def add_backtest(parser: ArgumentParser) -> None:
    """Spread, rule, cost and sizing options."""
    hints = typing.get_type_hints(BacktestParameters)
    for part in _PARTS:
        add_parameters(parser, hints[part], skip=("hedge_ratio", "intercept", "fitted_until"))


def backtest_from(options: dict[str, Any]) -> BacktestParameters:
    """The backtest parameters that the options say."""
    hints = typing.get_type_hints(BacktestParameters)
    return BacktestParameters(**{part: parameters_from(hints[part], options) for part in _PARTS})


def _optional(kind: type) -> Any:
    def parse(text: str) -> Any:
        return "none" if text.lower() == "none" else kind(text)

    parse.__name__ = f"{kind.__name__} or none"
    return parse


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in {"yes", "no", "true", "false", "1", "0"}:
        raise ValueError(text)
    return lowered in {"yes", "true", "1"}
