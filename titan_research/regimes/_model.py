"""One fitted regime model: what it learned from its training bars, and how it labels others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.parameters import RegimeParameters
from titan_research.regimes.features import (
    MODEL_FEATURES,
    Standardizer,
    check_prices,
    log_returns,
    regime_features,
)
from titan_research.regimes.jump import fit_jump_model, margins, online_states, online_values
from titan_research.regimes.rules import ENTER, LEAVE, volatility_rule
from titan_research.types import RegimeLabel, RegimeModelKind

__all__ = ["FittedModel", "Sample", "regime_names"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PRIOR_COUNT = 0.5
_MIN_SCALE = 0.05


def regime_names(n_regimes: int) -> tuple[RegimeLabel, ...]:
    """Names of the states in increasing order of volatility."""
    middle = (RegimeLabel.NEUTRAL,) if n_regimes == 3 else ()
    return (RegimeLabel.CALM, *middle, RegimeLabel.STRESS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The bars of one series that have a price, with everything causal that the models need.

    Rows before ``first`` are warm-up: their features are missing.
    """

    sessions: pd.DatetimeIndex
    prices: Floats
    returns: Floats
    features: Floats
    rule_state: Floats
    percentile: Floats
    first: int

    @classmethod
    def of(cls, prices: pd.Series) -> Sample:
        bars = check_prices(prices).dropna()
        features = regime_features(bars)[list(MODEL_FEATURES)].to_numpy()
        rule = volatility_rule(bars)
        ready = np.isfinite(features).all(axis=1) & rule["rule_state"].notna().to_numpy()
        return cls(
            sessions=pd.DatetimeIndex(bars.index),
            prices=bars.to_numpy(),
            returns=log_returns(bars).to_numpy(),
            features=np.ascontiguousarray(features),
            rule_state=rule["rule_state"].to_numpy(),
            percentile=rule["percentile"].to_numpy(),
            first=int(np.argmax(ready)) if ready.any() else len(bars),
        )

    def __len__(self) -> int:
        return len(self.prices)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedModel:
    """Centres, densities and transition odds of the states, learned from bars ``first .. stop - 1``.

    ``labels`` are the in-sample (hindsight) labels of those bars; ``transition_matrix`` (from x to) counts
    their changes with half a count added to each cell; states are sorted by the volatility of returns inside
    them.
    """

    parameters: RegimeParameters
    standardizer: Standardizer
    centers: Floats
    means: Floats
    scales: Floats
    transition_matrix: Floats
    initial: Floats
    labels: Ints
    objective: float
    start_agreement: float

    @classmethod
    def fit(cls, sample: Sample, stop: int, parameters: RegimeParameters) -> FittedModel:
        """Fit on the bars before position ``stop``; the starts depend on the seed and on ``stop`` alone."""
        k, train = parameters.n_regimes, slice(sample.first, stop)
        standardizer = Standardizer.fit(sample.features[train])
        X = standardizer.transform(sample.features[train])
        returns = sample.returns[train]
        objective, agreement = np.nan, 1.0
        if parameters.model is RegimeModelKind.JUMP:
            fit = fit_jump_model(
                X,
                returns=returns,
                n_regimes=k,
                penalty=parameters.penalty,
                n_starts=parameters.n_starts,
                rng=np.random.default_rng([parameters.seed, stop]),
            )
            labels, objective, agreement = fit.labels, fit.objective, fit.start_agreement
            means, scales = _state_moments(X, labels, k)
            centers = fit.centers
        else:
            labels = sample.rule_state[train].astype(np.int64)
            means, scales = _state_moments(X, labels, k)
            centers = means
        counts = np.full((k, k), _PRIOR_COUNT)
        np.add.at(counts, (labels[:-1], labels[1:]), 1.0)
        shares = np.bincount(labels, minlength=k) + _PRIOR_COUNT
        return cls(
            parameters=parameters,
            standardizer=standardizer,
            centers=centers,
            means=means,
            scales=scales,
            transition_matrix=counts / counts.sum(axis=1, keepdims=True),
            initial=shares / shares.sum(),
            labels=labels,
            objective=objective,
            start_agreement=agreement,
        )

    def online(self, sample: Sample, stop: int) -> tuple[Ints, Floats]:
        """States and margins of bars ``first .. stop - 1``; each uses the bars up to itself."""
        rows = slice(sample.first, stop)
        if self.parameters.model is RegimeModelKind.VOLATILITY_RULE:
            states = sample.rule_state[rows].astype(np.int64)
            rank = sample.percentile[rows]
            return states, np.maximum(np.where(states == 1, rank - LEAVE, ENTER - rank), 0.0)
        values = online_values(
            self.standardizer.transform(sample.features[rows]), self.centers, self.parameters.penalty
        )
        return online_states(values), margins(values)

    def filtered(self, sample: Sample, stop: int) -> Floats:
        """State probabilities of bars ``first .. stop - 1``, each given the bars up to itself."""
        from titan_research.regimes._jump_kernel import filter_forward, log_densities

        X = self.standardizer.transform(sample.features[sample.first : stop])
        densities = log_densities(X, self.means, self.scales)
        return filter_forward(densities, self.transition_matrix, self.initial)

    def hindsight(self, sample: Sample) -> Ints:
        """The best path over all bars from ``first`` on; every label knows the whole sample."""
        from titan_research.regimes._jump_kernel import viterbi

        if self.parameters.model is RegimeModelKind.VOLATILITY_RULE:
            return sample.rule_state[sample.first :].astype(np.int64)
        X = self.standardizer.transform(sample.features[sample.first :])
        if not len(X):
            return np.empty(0, dtype=np.int64)
        penalty = self.parameters.penalty
        return viterbi(online_values(X, self.centers, penalty), penalty)


def _state_moments(X: Floats, labels: Ints, k: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of every feature in every state; NaN means for a state without bars."""
    means, scales = np.full((k, X.shape[1]), np.nan), np.ones((k, X.shape[1]))
    for state in range(k):
        rows = X[labels == state]
        if len(rows):
            means[state] = rows.mean(axis=0)
            scales[state] = np.maximum(rows.std(axis=0), _MIN_SCALE)
    return means, scales
