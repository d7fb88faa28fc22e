"""What pair research returns: frozen values with the null hypothesis and the counts that keep them honest."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from titan_research.parameters import ScanParameters
from titan_research.results import FrameResult, Result
from titan_research.types import Autolag, TestStatus, Trend

__all__ = ["NO_COINTEGRATION", "PairTestResult", "ScanResult", "StabilityResult"]

NO_COINTEGRATION = "no cointegration"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTestResult(Result):
    """Engle-Granger test of one declared direction, y on x; the null hypothesis is "no cointegration".

    ``p_value_two_directions`` is min(1, 2 min(p_value, reverse_p_value)). ``half_life`` (bars) is the plain
    estimate; ``half_life_low`` and ``half_life_high`` bound the bias-corrected one with 95% confidence
    (infinite: no reversion is compatible with the data). ``adf_p_value_y`` and ``adf_p_value_x`` test each
    leg in levels for a unit root: a small one means that the leg looks stationary by itself and the pair's
    test is trivial. Critical values are those of estimated spreads (MacKinnon, two series). With trend "ct"
    the intercept is the constant of a regression whose time runs 1, 2, ..., n_obs.
    """

    title: ClassVar[str] = "Engle-Granger test"

    y: str
    x: str
    statistic: float
    p_value: float
    p_value_two_directions: float
    reverse_p_value: float
    critical_value_1: float
    critical_value_5: float
    critical_value_10: float
    lags: int
    trend: Trend
    autolag: Autolag
    log_prices: bool
    hedge_ratio: float
    intercept: float
    half_life: float
    half_life_low: float
    half_life_high: float
    r_squared: float
    adf_p_value_y: float
    adf_p_value_x: float
    n_obs: int
    start: pd.Timestamp
    end: pd.Timestamp
    status: TestStatus
    null_hypothesis: str
    panel_fingerprint: str

    def is_cointegrated(self, *, alpha: float) -> bool:
        """Whether "no cointegration" is rejected; never for a pair that has no proper test."""
        return self.status is TestStatus.OK and self.p_value < alpha


@dataclass(frozen=True, kw_only=True, eq=False)
class ScanResult(FrameResult):
    """Every ordered pair of a universe tested for cointegration, with what chance alone would have found.

    Attributes
    ----------
    n_tests : ordered tests that have a number and count; collinear, constant, short and broken pairs do not
    n_significant : of them with p_value < alpha; ``expected_false`` = n_tests x alpha of them when no pair is
        cointegrated
    n_discoveries : tests whose q_value (Benjamini-Yekutieli over all n_tests) is at most alpha
    table : one row per ordered pair, by statistic: y, x, statistic, p_value, p_value_two_directions, q_value,
        q_value_bh, lags, hedge_ratio, intercept, half_life (bars), n_obs, status
    """

    title: ClassVar[str] = "Cointegration scan"

    parameters: ScanParameters
    symbols: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp
    n_obs: int
    n_tests: int
    n_significant: int
    expected_false: float
    n_discoveries: int
    null_hypothesis: str
    panel_fingerprint: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row per ordered pair, most negative statistic first, pairs without a test last."""
        return self.table

    @property
    def failures(self) -> pd.DataFrame:
        """The rows that do not count, with their status."""
        return self.table[self.table["status"] != TestStatus.OK.value].reset_index(drop=True)

    def best(self, n: int = 10) -> pd.DataFrame:
        """The best unordered pairs, each in the direction of its smaller p-value.

        Pairs whose half-life lies in the parameters' band come first, then by p_value. ``survives`` says
        whether the row is a discovery after correction for all tests; no row is hidden for failing that.
        """
        rows = self.table[self.table["status"] == TestStatus.OK.value]
        band = rows["half_life"].between(self.parameters.min_half_life, self.parameters.max_half_life)
        low, high = np.minimum(rows["y"], rows["x"]), np.maximum(rows["y"], rows["x"])
        ranked = rows.assign(survives=rows["q_value"] <= self.parameters.alpha, _outside=~band, _low=low, _high=high)
        ranked = ranked.sort_values(["p_value", "statistic"], kind="stable").drop_duplicates(["_low", "_high"])
        ranked = ranked.sort_values(["_outside", "p_value", "statistic"], kind="stable").head(n)
        return ranked.drop(columns=["_outside", "_low", "_high"]).reset_index(drop=True)

    def summary(self) -> str:
        """The counts in one sentence, then the scalars."""
        return f"{self._headline()}\n{super().summary()}"

    def _headline(self) -> str:
        alpha = self.parameters.alpha
        return (
            f"{self.n_tests:,} tests, {self.n_significant:,} with p < {alpha:g}, "
            f"{self.expected_false:,.0f} expected by chance, "
            f"{self.n_discoveries:,} left after correction (Benjamini-Yekutieli, q <= {alpha:g})"
        )

    def _repr_html_(self) -> str:
        dates = f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"
        span = f"{len(self.symbols)} symbols, {dates}, {self.n_obs:,} sessions"
        top = _rounded(self.best(10))
        return (
            f"<div class='titan-result'><p><strong>{html.escape(self._headline())}</strong><br>"
            f"{html.escape(span)}; null hypothesis: {html.escape(self.null_hypothesis)}</p>"
            f"{top.to_html(index=False, border=0)}</div>"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StabilityResult(FrameResult):
    """One pair tested again and again over moving windows of its common sessions.

    ``share_significant`` is the share of windows with p < alpha among those with a test; about 0.05 to 0.06
    is what two independent random walks give at alpha = 0.05. ``table``: index session (last of the window);
    statistic, p_value, lags, hedge_ratio, intercept, half_life (bars).
    """

    title: ClassVar[str] = "Stability of a pair"

    y: str
    x: str
    parameters: ScanParameters
    window: int
    step: int
    n_windows: int
    share_significant: float
    hedge_ratio_mean: float
    hedge_ratio_std: float
    half_life_median: float
    n_obs: int
    start: pd.Timestamp
    end: pd.Timestamp
    null_hypothesis: str
    panel_fingerprint: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a window, indexed by its last session."""
        return self.table

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}{_rounded(self.table.tail(10)).to_html(border=0)}"


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    digits = {
        "statistic": 2, "p_value": 5, "p_value_two_directions": 5, "q_value": 4, "q_value_bh": 4,
        "hedge_ratio": 3, "intercept": 3, "half_life": 1,
    }  # fmt: skip
    return table.round({name: places for name, places in digits.items() if name in table})
