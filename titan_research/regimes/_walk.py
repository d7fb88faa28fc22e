"""The walk: fit on the past, publish until the next fit, never rewrite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from titan_research.parameters import RegimeParameters
from titan_research.regimes._model import FittedModel, Sample

__all__ = ["Walk", "walk"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(slots=True, kw_only=True, eq=False)
class Walk:
    """What was published for every bar of the sample: -1 and NaN before the first fit."""

    states: Ints
    margins: Floats
    probabilities: Floats
    refits: list[dict[str, Any]] = field(default_factory=list)
    model: FittedModel | None = None


def walk(sample: Sample, parameters: RegimeParameters, progress: Callable[[int, int], None] | None = None) -> Walk:
    """Refit at ``min_train`` and every ``refit_every`` bars after it; each fit sees the bars before it."""
    n, k, first = len(sample), parameters.n_regimes, sample.first
    out = Walk(
        states=np.full(n, -1, dtype=np.int64),
        margins=np.full(n, np.nan),
        probabilities=np.full((n, k), np.nan),
    )
    positions = range(parameters.min_train, n, parameters.refit_every)
    for done, position in enumerate(positions):
        if progress is not None:
            progress(done, len(positions))
        stop = min(position + parameters.refit_every, n)
        model = FittedModel.fit(sample, position, parameters)
        states, margins = model.online(sample, stop)
        new = slice(position - first, stop - first)
        published = out.states[parameters.min_train : position]
        again = states[parameters.min_train - first : position - first]
        out.refits.append(
            {
                "session": sample.sessions[position],
                "fitted_until": sample.sessions[position - 1],
                "window": position,
                "penalty": parameters.penalty,
                "objective": model.objective,
                "start_agreement": model.start_agreement,
                "agreement": _agreement(out.model, model),
                "relabelled_share": float((published != again).mean()) if len(published) else np.nan,
            }
        )
        out.states[position:stop] = states[new]
        out.margins[position:stop] = margins[new]
        out.probabilities[position:stop] = model.filtered(sample, stop)[new]
        out.model = model
    if progress is not None:
        progress(len(positions), len(positions))
    return out


def _agreement(before: FittedModel | None, now: FittedModel) -> float:
    return np.nan if before is None else float((before.labels == now.labels[: len(before.labels)]).mean())
