"""Regime shifts: the sessions on which the published label changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from titan_research.errors import InvalidInput

__all__ = ["detect_shifts"]


def detect_shifts(labels: pd.DataFrame) -> pd.DataFrame:
    """List the changes of regime in a table of labels.

    Parameters
    ----------
    labels : DataFrame by session with ``state`` (-1 = no label), ``regime`` and ``probability_0``,
        ``probability_1`` ...: the labels of a `RegimeResult`

    Returns
    -------
    DataFrame, one row a shift: ``session`` (first bar of the new regime), ``from_regime``, ``to_regime``,
    ``bars_since_previous`` (labelled bars since the shift before, or since the first label), ``probability``
    (filtered probability of the new regime on that session).

    Notes
    -----
    Timing: a shift dated t is known at the close of t. Act at t + 1 or later.
    Missing: bars without a label are skipped; a shift across a gap is dated at the first label after it.
    """
    missing = {"state", "regime"} - set(labels.columns)
    if missing:
        raise InvalidInput(f"labels: expected the columns state and regime, missing {sorted(missing)}")
    known = labels[labels["state"] >= 0]
    states = known["state"].to_numpy()
    at = np.flatnonzero(np.diff(states)) + 1
    columns = [name for name in known.columns if str(name).startswith("probability_")]
    probabilities = (
        known[columns].to_numpy() if columns else np.full((len(known), int(states.max(initial=0)) + 1), np.nan)
    )
    names = known["regime"].to_numpy()
    return pd.DataFrame(
        {
            "session": known.index[at],
            "from_regime": pd.Series(names[at - 1], dtype=str),
            "to_regime": pd.Series(names[at], dtype=str),
            "bars_since_previous": np.diff(at, prepend=0).astype(np.int64),
            "probability": probabilities[at, states[at]],
        }
    )
