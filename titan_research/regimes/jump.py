"""The statistical jump model: k-means with a price on every change of state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from titan_research.causality import causal
from titan_research.errors import InsufficientData, InvalidInput

__all__ = ["JumpFit", "fit_jump_model", "margins", "online_states", "online_values", "sort_by_volatility"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MAX_ITER = 1_000
_TOLERANCE = 1e-8
_SEEDING_TRIALS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JumpFit:
    """The best of all starts, states sorted by the volatility of returns inside them (0 = calmest).

    ``centers`` (states x features; NaN for a state without bars), ``labels`` (the best path over the sample
    it was fitted on: hindsight), ``objective``, ``start_agreement`` the share of starts that ended at the
    best objective.
    """

    centers: Floats
    labels: Ints
    objective: float
    start_agreement: float


def sort_by_volatility(labels: Ints, returns: Floats, n_regimes: int) -> Ints:
    """States in increasing order of the standard deviation of returns inside them; empty ones last."""
    inside = [returns[labels == state] for state in range(n_regimes)]
    spread = [float(np.nanstd(part)) if np.isfinite(part).any() else np.inf for part in inside]
    return np.argsort(spread, kind="stable").astype(np.int64)


def fit_jump_model(
    features: Floats,
    *,
    returns: Floats,
    n_regimes: int,
    penalty: float,
    n_starts: int,
    rng: np.random.Generator,
) -> JumpFit:
    """Minimise ``sum 0.5 |x_t - c_s(t)|^2 + penalty * jumps`` over paths and centres.

    Parameters
    ----------
    features : (bars x features) standardised, no missing rows
    returns : (bars,) the returns that the states are sorted by
    n_regimes, penalty : number of states; price of one change of state, in units of the objective
    n_starts : k-means++ starts of the coordinate descent
    rng : generator of the starts

    Returns
    -------
    JumpFit; its labels know the whole sample given here.

    Notes
    -----
    Timing: everything in the result uses all bars of ``features``: give training bars only.
    Missing: NaN is refused.
    Source: Nystrup, Lindström and Madsen (2020); equal to ``jumpmodels.JumpModel`` in labels and objective.
    """
    from titan_research.regimes._jump_kernel import descend, plus_plus_centers

    X = np.ascontiguousarray(features, dtype=np.float64)
    if X.ndim != 2 or len(X) != len(returns) or not np.isfinite(X).all():
        raise InvalidInput(
            f"jump model: expected finite features (bars x features) and one return a bar, "
            f"received {X.shape} and {len(returns)} returns; drop missing rows first"
        )
    if len(X) <= n_regimes:
        raise InsufficientData(f"jump model: expected more than {n_regimes} bars, received {len(X)}")
    draws = rng.random((n_starts, n_regimes, _SEEDING_TRIALS))
    runs = [descend(X, plus_plus_centers(X, start), penalty, _MAX_ITER, _TOLERANCE) for start in draws]
    centers, labels, objective = min(runs, key=lambda run: run[2])
    order = sort_by_volatility(labels, returns, n_regimes)
    return JumpFit(
        centers=centers[order],
        labels=np.argsort(order)[labels],
        objective=float(objective),
        start_agreement=float(np.mean([run[2] <= objective + 1e-6 * abs(objective) for run in runs])),
    )


@causal(probe=lambda rng, n: (rng.standard_normal((n, 3)), rng.standard_normal((2, 3)), 5.0))
def online_values(features: Floats, centers: Floats, penalty: float) -> Floats:
    """Forward costs V (bars x states): the cheapest path up to each bar that ends in each state.

    Timing: row t uses rows 0..t. Missing: NaN is not allowed.
    """
    from titan_research.regimes._jump_kernel import value_matrix

    return value_matrix(np.ascontiguousarray(features), centers, penalty)


def online_states(values: Floats) -> Ints:
    """The state with the least forward cost at each bar; row t uses bars up to t."""
    return values.argmin(axis=1).astype(np.int64)


def margins(values: Floats) -> Floats:
    """How much dearer the second-best state is, in units of the objective; small means undecided."""
    ranked = np.partition(values, 1, axis=1)
    return ranked[:, 1] - ranked[:, 0]
