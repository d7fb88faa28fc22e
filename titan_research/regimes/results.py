"""What a walk-forward regime detection returns."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from titan_research.parameters import RegimeParameters
from titan_research.regimes.shifts import detect_shifts
from titan_research.results import FrameResult

__all__ = ["RegimeResult"]

_FRACTIONS = (
    "share",
    "mean_return",
    "volatility",
    "max_drawdown",
    "annualized_return",
    "exposure",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class RegimeResult(FrameResult):
    """Published regimes of one price series; a published label never changes when history grows.

    Attributes
    ----------
    symbol, parameters, start, end, n_obs : what was asked, and the number of bars with a price
    first_published : the first session with a label; no bar before it has one
    n_regimes, current_regime, current_probability : the label of the last bar, and its filtered probability
    shifts_per_year : published changes of regime a year
    labels : by session: ``state`` (published, causal; -1 = none), ``regime`` ("" = none), ``probability_0``
        ... (filtered), ``margin`` (how much dearer the second-best state was), ``rule_state`` (the
        volatility rule), ``hindsight_state`` (fitted on and smoothed over the whole sample: never trade it),
        ``price``, ``return`` (simple, over the previous bar)
    regimes : a row a state: ``share`` of bars, ``mean_return`` and ``volatility`` (annualised),
        ``sharpe_ratio``, ``max_drawdown``, ``mean_duration`` (bars), ``n_spells``
    segments : a row a spell of one published label
    transition_matrix : ``from``, a column a regime entered, ``n_obs``
    refits : a row a fit: ``session`` (first label it published), ``fitted_until`` (last bar it saw),
        ``window`` (bars), ``penalty``, ``objective``, ``start_agreement`` (share of starts at the best
        objective), ``agreement`` (share of the earlier training bars labelled as the fit before did),
        ``relabelled_share`` (share of the labels published so far that this fit would have given otherwise;
        they stay as published)
    premium : what hindsight flatters: long in calm, cash otherwise, 5 bp a switch, by the labels used
    feature_means : a row a state: centre of every standardised feature in the last fit
    """

    title: ClassVar[str] = "Regimes"

    symbol: str
    parameters: RegimeParameters
    start: pd.Timestamp
    end: pd.Timestamp
    first_published: pd.Timestamp
    n_obs: int
    n_regimes: int
    current_regime: str
    current_probability: float
    shifts_per_year: float
    panel_fingerprint: str
    labels: pd.DataFrame
    regimes: pd.DataFrame
    segments: pd.DataFrame
    transition_matrix: pd.DataFrame
    refits: pd.DataFrame
    premium: pd.DataFrame
    feature_means: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The labels by session."""
        return self.labels

    @property
    def shifts(self) -> pd.DataFrame:
        """The published changes of regime; see `detect_shifts`."""
        return detect_shifts(self.labels)

    def _repr_html_(self) -> str:
        now = html.escape(f"{self.current_regime} ({self.current_probability:.0%})")
        head = (
            f"<p><b>{html.escape(self.symbol)}</b> {self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}, "
            f"{self.n_obs} bars: now <b>{now}</b>, {self.shifts_per_year:.1f} shifts a year, "
            f"{len(self.refits)} fits, labels since {self.first_published:%Y-%m-%d}</p>"
        )
        return (
            f"<div class='titan-result'>{head}"
            + _table("Returns while the label was up", self.regimes)
            + _table("Change of label from one bar to the next", self.transition_matrix, fractions=True)
            + _table("What hindsight flatters: long in calm, cash otherwise", self.premium)
            + "</div>"
        )


def _table(caption: str, frame: pd.DataFrame, *, fractions: bool = False) -> str:
    def show(name: str, value: object) -> str:
        if isinstance(value, float):
            if value != value:
                return "–"
            return f"{value:.1%}" if fractions or name in _FRACTIONS else f"{value:,.2f}"
        return html.escape(str(value).replace("_", " "))

    head = "".join(f"<th>{html.escape(str(name).replace('_', ' '))}</th>" for name in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{show(name, value)}</td>" for name, value in row.items()) + "</tr>"
        for row in frame.to_dict("records")
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
