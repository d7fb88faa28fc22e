"""RegimeDetector: calm and stress in one price series, without knowing the future."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import pandas as pd

from titan_research.calendar import periods_per_year
from titan_research.causality import causal
from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.panel import Panel
from titan_research.parameters import RegimeParameters
from titan_research.regimes._model import FittedModel, Sample, regime_names
from titan_research.regimes._probe import probe_series
from titan_research.regimes._tables import premium_table, regime_table, segment_table, transition_table
from titan_research.regimes._walk import Walk, walk
from titan_research.regimes.features import MODEL_FEATURES, check_prices
from titan_research.regimes.results import RegimeResult
from titan_research.types import Interval, RegimeModelKind

__all__ = ["RegimeDetector"]


def _probe(rng: np.random.Generator, n: int) -> tuple[RegimeDetector, pd.Series]:
    """A detector fitted on one path, asked about another; its high penalty leaves new bars undecided."""
    parameters = RegimeParameters(min_train=252, refit_every=63, n_starts=2, penalty=60.0)
    return RegimeDetector(parameters).fit(probe_series(rng, 600)), probe_series(rng, n)


class RegimeDetector:
    """Fit on the past, label the present.

    ``run`` is the whole study: it refits as time goes by and publishes labels that are never rewritten.
    ``fit`` with ``online_labels`` and ``filtered_probabilities`` is one step of it, for use on new bars.

    Parameters
    ----------
    parameters : RegimeParameters; ``model`` "jump" (default) or "volatility_rule" (two regimes, the baseline)
    """

    def __init__(self, parameters: RegimeParameters | None = None) -> None:
        self.parameters = parameters or RegimeParameters()
        if self.parameters.model is RegimeModelKind.VOLATILITY_RULE and self.parameters.n_regimes != 2:
            raise InvalidParameters(
                f"model 'volatility_rule' knows 2 regimes; received n_regimes={self.parameters.n_regimes}"
            )
        self.names = regime_names(self.parameters.n_regimes)
        self._model: FittedModel | None = None
        self._state_table: pd.DataFrame | None = None

    def fit(self, prices: pd.Series) -> Self:
        """Learn the states from all bars given; label later bars only, or what you see is hindsight.

        Parameters
        ----------
        prices : Series of float by session, positive; at least ``min_train`` bars

        Notes
        -----
        Timing: knows every bar of ``prices``. Missing: sessions without a price are left out.
        """
        sample = Sample.of(prices)
        self._need(len(sample), self.parameters.min_train, "min_train")
        self._model = FittedModel.fit(sample, len(sample), self.parameters)
        self._state_table = self._describe(sample, self._model)
        return self

    @causal(probe=_probe)
    def online_labels(self, prices: pd.Series) -> pd.Series:
        """State of every session by the fitted model: 0 is the calmest; -1 where there is no label.

        Notes
        -----
        Timing: the label of session t uses prices up to and including t, and the parameters of the fit. Act
        at t + 1.
        Missing: -1 for sessions without a price and for the first 200 bars.
        """
        model, sample = self._fitted(), Sample.of(prices)
        states, _ = model.online(sample, len(sample))
        return self._states(prices, sample, states)

    @causal(probe=_probe)
    def filtered_probabilities(self, prices: pd.Series) -> pd.DataFrame:
        """Probability of every state (columns 0, 1, ...) given the bars up to each session.

        Forward filter: independent Gaussian densities of the standardised features in each state, and the
        transition matrix of the training labels. The features of neighbouring bars share most of their
        window, so the probabilities are too sure of themselves: on simulated paths 0.996 on average where
        0.89 were right.

        Notes
        -----
        Timing: the row of session t uses prices up to and including t, and the parameters of the fit. Act at
        t + 1.
        Missing: NaN for sessions without a price and for the first 200 bars.
        """
        model, sample = self._fitted(), Sample.of(prices)
        rows = model.filtered(sample, len(sample))
        table = pd.DataFrame(rows, index=sample.sessions[sample.first :], columns=range(len(self.names)))
        return table.reindex(check_prices(prices).index)

    def hindsight_labels(self, prices: pd.Series) -> pd.Series:
        """The best path over the whole sample: for pictures and for measuring lag, never for trading.

        Notes
        -----
        Timing: **every label uses all of** ``prices``. Missing: as `online_labels`.
        """
        model, sample = self._fitted(), Sample.of(prices)
        return self._states(prices, sample, model.hindsight(sample))

    @property
    def transition_matrix(self) -> pd.DataFrame:
        """Odds of a change from one bar to the next, from (rows) to (columns), in the training labels."""
        names = [str(name) for name in self.names]
        return pd.DataFrame(self._fitted().transition_matrix, index=names, columns=names)

    @property
    def state_table(self) -> pd.DataFrame:
        """A row a state: share of training bars, mean and deviation of one bar's log return, centres."""
        self._fitted()
        return self._state_table.copy() if self._state_table is not None else pd.DataFrame()

    def run(
        self,
        prices: pd.Series,
        progress: Callable[[int, int], None] | None = None,
        *,
        interval: Interval = Interval.DAY,
        calendar: str = "XNYS",
    ) -> RegimeResult:
        """Walk through history: fit on the bars before each refit date, publish labels until the next one.

        Parameters
        ----------
        prices : Series of float by session, positive; its name is the symbol
        progress : called with (fits done, fits in all)
        interval, calendar : how many bars make a year

        Returns
        -------
        RegimeResult

        Notes
        -----
        Timing: ``state``, ``regime``, probabilities and margin of session t use prices up to and including
        t, with a model fitted strictly before t; they do not change when later prices arrive.
        ``hindsight_state`` does.
        Missing: sessions without a price get no label and count as no bar.
        """
        prices = check_prices(prices)
        sample = Sample.of(prices)
        needed = self.parameters.min_train + self.parameters.refit_every
        self._need(len(sample), needed, "min_train + refit_every")
        published = walk(sample, self.parameters, progress)
        final = FittedModel.fit(sample, len(sample), self.parameters)
        labels = self._label_table(sample, published, final)
        known = labels.iloc[self.parameters.min_train :]
        periods = periods_per_year(interval, calendar)
        symbol = "SERIES" if prices.name is None else str(prices.name)
        n_shifts = int(np.count_nonzero(np.diff(known["state"])))
        state = int(known["state"].iloc[-1])
        return RegimeResult(
            symbol=symbol,
            parameters=self.parameters,
            start=prices.index[0],
            end=prices.index[-1],
            first_published=known.index[0],
            n_obs=len(sample),
            n_regimes=self.parameters.n_regimes,
            current_regime=str(self.names[state]),
            current_probability=float(known[f"probability_{state}"].iloc[-1]),
            shifts_per_year=n_shifts * periods / len(known),
            panel_fingerprint=Panel.from_frame(prices.to_frame(symbol), interval=interval).fingerprint,
            labels=_spread_over(labels, prices.index),
            regimes=regime_table(known, self.names, periods=periods),
            segments=segment_table(known, periods=periods),
            transition_matrix=transition_table(known, self.names),
            refits=pd.DataFrame(published.refits),
            premium=premium_table(known, periods=periods),
            feature_means=self._feature_means(published),
        )

    def _need(self, received: int, needed: int, what: str) -> None:
        if received < needed:
            raise InsufficientData(
                f"regimes: expected at least {needed} bars with a price ({what}), received {received}; "
                "give a longer history or lower min_train",
                n_obs=received,
                needed=needed,
            )

    def _fitted(self) -> FittedModel:
        if self._model is None:
            raise InvalidInput("regimes: the detector is not fitted yet; call fit(prices) first, or use run(prices)")
        return self._model

    def _states(self, prices: pd.Series, sample: Sample, states: np.ndarray) -> pd.Series:
        known = pd.Series(states, index=sample.sessions[sample.first :], name="state", dtype=np.int64)
        return known.reindex(check_prices(prices).index, fill_value=-1)

    def _describe(self, sample: Sample, model: FittedModel) -> pd.DataFrame:
        returns = sample.returns[sample.first :]
        inside = [returns[model.labels == state] for state in range(len(self.names))]
        return pd.DataFrame(
            {
                "state": range(len(self.names)),
                "regime": [str(name) for name in self.names],
                "share": [len(part) / len(returns) for part in inside],
                "mean_return": [float(part.mean()) if len(part) else np.nan for part in inside],
                "volatility": [float(part.std(ddof=1)) if len(part) > 1 else np.nan for part in inside],
                **{name: model.centers[:, column] for column, name in enumerate(MODEL_FEATURES)},
            }
        )

    def _label_table(self, sample: Sample, published: Walk, final: FittedModel) -> pd.DataFrame:
        hindsight = np.full(len(sample), -1, dtype=np.int64)
        hindsight[sample.first :] = final.labels
        names = np.array([*map(str, self.names), ""])
        table = {
            "state": published.states,
            "regime": pd.Series(names[published.states], index=sample.sessions, dtype=str),
            **{f"probability_{state}": published.probabilities[:, state] for state in range(len(self.names))},
            "margin": published.margins,
            "rule_state": np.nan_to_num(sample.rule_state, nan=-1.0).astype(np.int64),
            "hindsight_state": hindsight,
            "price": sample.prices,
            "return": np.concatenate([[np.nan], sample.prices[1:] / sample.prices[:-1] - 1.0]),
        }
        return pd.DataFrame(table, index=sample.sessions)

    def _feature_means(self, published: Walk) -> pd.DataFrame:
        centers = published.model.centers if published.model is not None else np.empty((0, len(MODEL_FEATURES)))
        table = pd.DataFrame(centers, columns=list(MODEL_FEATURES))
        table.insert(0, "regime", pd.Series([str(name) for name in self.names], dtype=str))
        return table


def _spread_over(labels: pd.DataFrame, sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """The table on all sessions; those without a price have state -1, regime "" and NaN."""
    wide = labels.reindex(sessions)
    whole = ["state", "rule_state", "hindsight_state"]
    wide[whole] = wide[whole].fillna(-1).astype(np.int64)
    wide["regime"] = wide["regime"].fillna("")
    return wide


@causal(probe=_probe)
def _published_labels(detector: RegimeDetector, prices: pd.Series) -> pd.DataFrame:
    """The causal columns of a run, for the certificate."""
    return detector.run(prices).labels.drop(columns="hindsight_state")
