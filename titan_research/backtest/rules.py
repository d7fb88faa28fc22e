"""The trading rule: a state machine on the z-score of the spread."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from titan_research.causality import causal
from titan_research.errors import InvalidInput
from titan_research.parameters import RuleParameters
from titan_research.types import ExitReason

__all__ = ["EXIT_REASONS", "Decisions", "decisions"]

EXIT_REASONS = (ExitReason.REVERSION, ExitReason.STOP, ExitReason.TIME, ExitReason.END_OF_DATA)


class Decisions(NamedTuple):
    """One entry a bar: the position wanted after its close, and why one was left ("" where none was)."""

    position: npt.NDArray[np.int64]
    reason: npt.NDArray[np.str_]


def _probe(rng: np.random.Generator, n: int) -> dict[str, Any]:
    zscore = np.empty(n)
    level = 0.0
    for t in range(n):
        level = 0.9 * level + 0.8 * rng.standard_normal()
        zscore[t] = level
    zscore[rng.random(n) < 0.02] = np.nan
    return {"zscore": zscore, "rules": RuleParameters(entry=1.5, exit=0.2, stop=2.8, max_holding=9)}


@causal(probe=_probe)
def decisions(zscore: npt.ArrayLike, rules: RuleParameters) -> Decisions:
    """What the rules want after every close, with every order filled at the next bar.

    Flat: a side that was stopped out stays shut until abs(z) <= exit or z has crossed zero; otherwise enter
    against z when entry <= abs(z) < stop. In a position p, with the adverse distance u = -p z: leave at u >=
    stop (and shut that side), at u <= exit, or ``max_holding`` bars after the decision to enter, in that
    order.

    Parameters
    ----------
    zscore : array (bars,), dimensionless, known at the close of its bar

    Returns
    -------
    Decisions; position +1 is long the spread

    Notes
    -----
    Timing: the decision of bar t uses bars up to and including t; it acts at t + 1.
    Missing: a NaN z-score leaves everything as it is, and still counts as a bar held.
    """
    from titan_research.backtest._kernel import decide_all

    values = np.ascontiguousarray(zscore, dtype=np.float64)
    if values.ndim != 1:
        raise InvalidInput(f"zscore: expected one value a bar, received an array of {values.ndim} dimensions")
    stop = math.inf if rules.stop is None else rules.stop
    position, codes = decide_all(values, rules.entry, rules.exit, stop, rules.max_holding or 0)
    names = np.array([*(reason.value for reason in EXIT_REASONS), ""])
    return Decisions(position, names[codes])
