"""The tables of a regime report, made from the table of labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.backtest.metrics import (
    annualized_return,
    annualized_volatility,
    max_drawdown,
    sharpe_ratio,
)

__all__ = ["premium_table", "regime_table", "segment_table", "transition_table"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SWITCH_COST = 0.0005


def _growth(returns: Floats) -> Floats:
    return np.concatenate([[1.0], np.cumprod(1.0 + returns)])


def _spells(states: Ints) -> tuple[Ints, Ints]:
    """First positions and lengths of the stretches of one state."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(states)) + 1])
    return starts, np.diff(np.append(starts, len(states)))


def regime_table(published: pd.DataFrame, names: Sequence[str], *, periods: int) -> pd.DataFrame:
    """What returns were like while each label was up (same bar: a description, not a strategy)."""
    states, returns = published["state"].to_numpy(), published["return"].to_numpy()
    starts, lengths = _spells(states)
    rows = []
    for state, name in enumerate(names):
        inside = returns[states == state]
        durations = lengths[states[starts] == state]
        rows.append(
            {
                "state": state,
                "regime": str(name),
                "bars": len(inside),
                "share": len(inside) / len(states),
                "mean_return": float(inside.mean() * periods) if len(inside) else np.nan,
                "volatility": annualized_volatility(inside, periods_per_year=periods),
                "sharpe_ratio": sharpe_ratio(inside, periods_per_year=periods),
                "max_drawdown": max_drawdown(_growth(inside)) if len(inside) else np.nan,
                "mean_duration": float(durations.mean()) if len(durations) else np.nan,
                "n_spells": len(durations),
            }
        )
    return pd.DataFrame(rows)


def segment_table(published: pd.DataFrame, *, periods: int) -> pd.DataFrame:
    """One row a spell of one label."""
    states, returns = published["state"].to_numpy(), published["return"].to_numpy()
    names = published["regime"].to_numpy()
    rows = []
    for start, length in zip(*_spells(states), strict=True):
        inside = returns[start : start + length]
        rows.append(
            {
                "start": published.index[start],
                "end": published.index[start + length - 1],
                "regime": str(names[start]),
                "bars": int(length),
                "total_return": float(np.prod(1.0 + inside) - 1.0),
                "volatility": annualized_volatility(inside, periods_per_year=periods),
            }
        )
    return pd.DataFrame(rows)


def transition_table(published: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Share of bars followed by each label: a row a label left, a column a label entered."""
    k = len(names)
    states = published["state"].to_numpy()
    counts = np.zeros((k, k))
    np.add.at(counts, (states[:-1], states[1:]), 1.0)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full((k, k), np.nan), where=totals > 0)
    table = pd.DataFrame(shares, columns=[str(name) for name in names])
    table.insert(0, "from", pd.Series([str(name) for name in names], dtype=str))
    return table.assign(n_obs=totals[:, 0].astype(np.int64))


def premium_table(published: pd.DataFrame, *, periods: int) -> pd.DataFrame:
    """What hindsight flatters: long in the calm state, cash otherwise, 5 bp a switch, by the labels used.

    ``same_bar`` earns the return of the bar whose close made the label, which nobody can; ``next_bar`` can
    be traded.
    """
    returns = published["return"].to_numpy()
    columns = {"hindsight": "hindsight_state", "online": "state", "rule": "rule_state"}
    held = {name: (published[column].to_numpy() == 0).astype(np.float64) for name, column in columns.items()}
    cases = [
        ("hindsight", "same_bar"),
        ("hindsight", "next_bar"),
        ("online", "next_bar"),
        ("rule", "next_bar"),
    ]
    rows = []
    for labels, execution in [*cases, ("buy_and_hold", "next_bar")]:
        decided = held.get(labels, np.ones(len(returns)))
        position = decided if execution == "same_bar" else np.concatenate([[0.0], decided[:-1]])
        earned = position * returns - _SWITCH_COST * np.abs(np.diff(position, prepend=0.0))
        rows.append(
            {
                "labels": labels,
                "execution": execution,
                "sharpe_ratio": sharpe_ratio(earned, periods_per_year=periods),
                "max_drawdown": max_drawdown(_growth(earned)),
                "annualized_return": annualized_return(earned, periods_per_year=periods),
                "exposure": float(position.mean()),
                "n_switches": int(np.count_nonzero(np.diff(position, prepend=0.0))),
            }
        )
    return pd.DataFrame(rows)
