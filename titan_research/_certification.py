"""The checks behind the certificate: one verdict row a subject, test and cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from titan_research._tampering import Call, difference, garbled, leaves, same, truncated, with_values
from titan_research.errors import TitanError
from titan_research.panel import Panel

__all__ = [
    "CausalFunction",
    "Probe",
    "Row",
    "Run",
    "busy_bar",
    "check_function",
    "compare",
    "each",
    "tampered",
]

Probe = Callable[[np.random.Generator, int], Call]
Run = Callable[[Panel, Panel | None], pd.DataFrame]
Row = tuple[str, str, bool, int, str]

_ATTEMPTS = 4

EXPECTED = (TitanError, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError)


@dataclasses.dataclass(frozen=True, kw_only=True)
class CausalFunction:
    """A function that claims to use no future, with a probe that calls it on realistic data.

    Attributes
    ----------
    probe : ``probe(rng, n)`` gives the positional arguments (tuple) or keywords (mapping) of one call; every
        array, Series, DataFrame or Panel among them with n rows (or a last axis of n) is a time series
    outputs : names or positions of time-indexed outputs, where several are returned; None: all of n rows
    tolerance : largest relative difference that still passes; 0 asks for equal bits
    """

    name: str
    function: Callable[..., Any]
    probe: Probe
    outputs: tuple[str | int, ...] | None = None
    tolerance: float = 0.0


def check_function(subject: CausalFunction, rng: np.random.Generator, n: int, n_cuts: int) -> list[Row]:
    """Test A on one function; the probe is drawn again when no output reacted, a few times before it is vacuous."""
    rows: list[Row] = []
    for _ in range(_ATTEMPTS):
        tested, reacted = _check_once(subject, rng, n, n_cuts)
        rows += tested
        if reacted or not all(row[2] for row in tested):
            return rows
    return [*rows, (subject.name, "A-garble", False, 0, "the probe is vacuous: garbage never changed an output")]


def _check_once(subject: CausalFunction, rng: np.random.Generator, n: int, n_cuts: int) -> tuple[list[Row], bool]:
    call = subject.probe(rng, n)
    full = dict(leaves(_apply(subject.function, call), n, subject.outputs))
    if not full:
        detail = "no output has the length of the probe: nothing was tested"
        return [(subject.name, "A-truncate", False, 0, detail)], False
    rows: list[Row] = []
    reacted = False
    for cut in sorted(int(cut) for cut in rng.choice(np.arange(n // 2, n - 5), size=n_cuts, replace=False)):
        for test, arguments, length in (
            ("A-truncate", truncated(call, n, cut), cut),
            ("A-garble", garbled(call, n, cut, rng), n),
        ):
            try:
                again = dict(leaves(_apply(subject.function, arguments), length, subject.outputs))
            except EXPECTED as error:
                rows.append((subject.name, test, False, cut, f"{type(error).__name__}: {error}"))
                continue
            detail = difference(full, again, cut, subject.tolerance)
            rows.append((subject.name, test, not detail, cut, detail))
            reacted |= test == "A-garble" and any(
                name in again and not same(full[name][cut:], again[name][cut:], 0.0).all() for name in full
            )
    return rows, reacted


def _apply(function: Callable[..., Any], call: Call) -> Any:
    return function(**call) if isinstance(call, Mapping) else function(*call)


def each(panel: Panel, opens: Panel | None, change: Callable[[Panel], Panel]) -> tuple[Panel, Panel | None]:
    return change(panel), None if opens is None else change(opens)


def tampered(panel: Panel, opens: Panel | None, where: slice, rng: np.random.Generator) -> tuple[Panel, Panel | None]:
    def change(item: Panel) -> Panel:
        values = item.values.copy(order="F")
        values[where] *= np.exp(0.2 * rng.standard_normal(values[where].shape))
        return with_values(item, values)

    return each(panel, opens, change)


def busy_bar(decisions: pd.DataFrame, index: pd.DatetimeIndex, cut: int) -> int:
    """The last bar before the cut on which something was filled; the cut itself when nothing was."""
    fills = decisions["filled"].dropna()
    before = fills[fills <= index[cut]]
    return int(index.get_loc(before.max())) if len(before) else cut


def compare(
    run: Run,
    name: str,
    test: str,
    cut: int,
    full: pd.DataFrame,
    date: str,
    last: pd.Timestamp,
    prices: Panel,
    fills: Panel | None,
) -> Row:
    try:
        again = run(prices, fills)
    except EXPECTED as error:
        return name, test, False, cut, f"{type(error).__name__}: {error}"
    expected = full[full[date] <= last].reset_index(drop=True)
    received = again[again[date] <= last].reset_index(drop=True)
    if len(expected) != len(received):
        return name, test, False, cut, f"{len(expected)} decisions became {len(received)}"
    for column in expected.columns:
        changed = int((~same(expected[column].to_numpy(), received[column].to_numpy(), 0.0)).sum())
        if changed:
            return name, test, False, cut, f"{column}: {changed} of {len(expected)} decisions changed"
    return name, test, True, cut, ""
