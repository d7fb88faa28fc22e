"""One plain sentence for every signal."""

from __future__ import annotations

import math

import pandas as pd

from titan_research.parameters import BacktestParameters
from titan_research.types import SignalAction

__all__ = ["reason_for"]


def reason_for(
    parameters: BacktestParameters,
    *,
    action: SignalAction,
    position: int,
    previous: int,
    zscore: float,
    since: pd.Timestamp,
    unfilled: bool,
    legs: tuple[str, str],
) -> str:
    """Why the rules want this; ``since`` is the session that opened the position, where there is one."""
    y, x = legs
    rules = parameters.rules
    if action in (SignalAction.ENTER_LONG, SignalAction.ENTER_SHORT):
        buy, sell = (y, x) if position > 0 else (x, y)
        side = "cheap" if position > 0 else "dear"
        level = f"The z-score {zscore:.2f} is beyond the entry at {rules.entry:g}"
        return f"{level}: {y} is {side}, buy {buy}, sell {sell}."
    if action is SignalAction.HOLD:
        side = "long" if position > 0 else "short"
        if math.isnan(zscore):
            return f"No z-score on this bar: stay {side} the spread as decided on {since:%Y-%m-%d}."
        stop = "no stop" if rules.stop is None else f"stop at {-position * rules.stop:g}"
        level = f"The z-score {zscore:.2f} has not reached the exit at {-position * rules.exit + 0.0:g}"
        return f"{level} ({stop}): stay {side} the spread as decided on {since:%Y-%m-%d}."
    if action is SignalAction.EXIT:
        return _exit(parameters, -previous * zscore, zscore)
    return _stay_out(parameters, zscore, unfilled)


def _exit(parameters: BacktestParameters, adverse: float, zscore: float) -> str:
    rules = parameters.rules
    if rules.stop is not None and adverse >= rules.stop:
        return f"The z-score {zscore:.2f} is beyond the stop at {rules.stop:g}: close, wait until it is back."
    if adverse <= rules.exit:
        return f"The z-score {zscore:.2f} has come back to the exit at {rules.exit:g}: close."
    return f"Held for {rules.max_holding} bars without coming back (z-score {zscore:.2f}): close."


def _stay_out(parameters: BacktestParameters, zscore: float, unfilled: bool) -> str:
    rules = parameters.rules
    if unfilled:
        return "The exit decided before waits for a bar with both prices."
    if math.isnan(zscore):
        return f"No z-score on this bar: it needs {parameters.spread.warmup} bars with both prices."
    if abs(zscore) < rules.entry:
        return f"The z-score {zscore:.2f} is within the entry at {rules.entry:g}."
    if rules.stop is not None and abs(zscore) >= rules.stop:
        return f"The z-score {zscore:.2f} is already beyond the stop at {rules.stop:g}: no entry."
    return (
        f"The z-score {zscore:.2f} is beyond the entry at {rules.entry:g}, "
        "but has not come back since the last trade was stopped."
    )
