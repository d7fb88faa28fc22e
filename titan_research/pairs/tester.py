"""CointegrationTester: one set of parameters, asked about a universe, a pair or a pair's stability."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters, TitanError
from titan_research.pairs.engle_granger import STATUSES, PairStatistics, critical_values, engle_granger_scan
from titan_research.pairs.mean_reversion import half_life
from titan_research.pairs.multiple_testing import (
    benjamini_hochberg,
    benjamini_yekutieli,
    expected_false_count,
)
from titan_research.pairs.results import NO_COINTEGRATION, PairTestResult, ScanResult, StabilityResult
from titan_research.pairs.unit_root import adf
from titan_research.panel import Panel
from titan_research.parameters import ScanParameters
from titan_research.types import TestStatus, Trend

__all__ = ["CointegrationTester"]

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


class CointegrationTester:
    """Engle-Granger tests with one set of parameters.

    Parameters
    ----------
    parameters : trend, lag choice, log prices or prices, error rate, half-life band, least number of sessions
    threads : blocks of a scan computed at the same time; the numbers do not depend on it

    Notes
    -----
    Timing: hindsight; a test uses every session of the panel it is given. Cut the panel at the formation date
    first.
    Missing: a pair is tested on the sessions on which both legs have a bar, glued. A price at or below zero
    makes its pairs ``nonfinite`` when logs are asked for.
    """

    def __init__(self, parameters: ScanParameters | None = None, *, threads: int = 1) -> None:
        self.parameters = ScanParameters() if parameters is None else parameters
        self.threads = threads

    def __repr__(self) -> str:
        return f"CointegrationTester({self.parameters!r})"

    def scan(self, panel: Panel, progress: Progress | None = None) -> ScanResult:
        """Test every ordered pair of the panel and correct for all of them at once."""
        parameters = self.parameters
        if panel.n_symbols < 2:
            raise InvalidInput(f"a scan needs at least 2 symbols; received {panel.n_symbols}")
        self._check(panel)
        found = self._tests(self._levels(panel), progress)
        counted = found.counted
        p = np.where(counted, found.p_value, np.nan)
        q = benjamini_yekutieli(p)
        n_tests = int(counted.sum())
        return ScanResult(
            parameters=parameters,
            symbols=panel.symbols,
            start=panel.index[0],
            end=panel.index[-1],
            n_obs=panel.n_sessions,
            n_tests=n_tests,
            n_significant=int((p < parameters.alpha).sum()),
            expected_false=expected_false_count(n_tests, parameters.alpha),
            n_discoveries=int((q <= parameters.alpha).sum()),
            null_hypothesis=NO_COINTEGRATION,
            panel_fingerprint=panel.fingerprint,
            table=_scan_table(found, panel.symbols, q, benjamini_hochberg(p)),
        )

    def test(self, panel: Panel, y: str, x: str) -> PairTestResult:
        """Test y on x; the reverse direction is reported beside it."""
        parameters = self.parameters
        pair = self._pair(panel, y, x)
        levels = self._levels(pair)
        found = self._tests(levels, None)
        common = ~np.isnan(levels).any(axis=1)
        sessions, levels = pair.index[common], levels[common]
        status = STATUSES[int(found.status[0])]
        if status is TestStatus.SHORT:
            raise InsufficientData(
                f"{y}/{x}: {len(levels)} common sessions are too few for min_obs={parameters.min_obs} and "
                f"maxlag={parameters.maxlag}; widen the range",
                y=y, x=x, n_obs=len(levels),
            )  # fmt: skip
        low, high = _half_life_interval(levels, found, parameters.trend)
        one, five, ten = critical_values(parameters.trend, len(levels))
        return PairTestResult(
            y=y,
            x=x,
            statistic=float(found.statistic[0]),
            p_value=float(found.p_value[0]),
            p_value_two_directions=float(found.p_value_two_directions[0]),
            reverse_p_value=float(found.p_value[1]),
            critical_value_1=one,
            critical_value_5=five,
            critical_value_10=ten,
            lags=int(found.lags[0]),
            trend=parameters.trend,
            autolag=parameters.autolag,
            log_prices=parameters.log_prices,
            hedge_ratio=float(found.hedge_ratio[0]),
            intercept=float(found.intercept[0]),
            half_life=float(found.half_life[0]),
            half_life_low=low,
            half_life_high=high,
            r_squared=float(found.r_squared[0]),
            adf_p_value_y=_leg_p_value(levels[:, 0], parameters.trend),
            adf_p_value_x=_leg_p_value(levels[:, 1], parameters.trend),
            n_obs=len(levels),
            start=sessions[0],
            end=sessions[-1],
            status=status,
            null_hypothesis=NO_COINTEGRATION,
            panel_fingerprint=pair.fingerprint,
        )

    def stability(
        self,
        panel: Panel,
        y: str,
        x: str,
        window: int = 504,
        step: int = 63,
        progress: Progress | None = None,
    ) -> StabilityResult:
        """Test y on x over every window of ``window`` common sessions, ``step`` sessions apart.

        Counting from the first session keeps the rows of a run the same when later sessions are added.
        """
        parameters = self.parameters
        if window < parameters.min_obs or step < 1:
            raise InvalidParameters(
                f"need window >= min_obs ({parameters.min_obs}) and step >= 1; received window={window}, step={step}"
            )
        pair = self._pair(panel, y, x)
        levels = self._levels(pair)
        common = ~np.isnan(levels).any(axis=1)
        sessions, levels = pair.index[common], levels[common]
        ends = range(window, len(levels) + 1, step)
        if not ends:
            raise InsufficientData(
                f"{y}/{x}: {len(levels)} common sessions, need {window} for one window", n_obs=len(levels)
            )
        rows = []
        for done, end in enumerate(ends, start=1):
            found = self._tests(levels[end - window : end], None)
            rows.append((*(float(column[0]) for column in _columns(found)), int(found.lags[0])))
            if progress is not None:
                progress(done, len(ends))
        table = pd.DataFrame(
            rows,
            columns=["statistic", "p_value", "hedge_ratio", "intercept", "half_life", "lags"],
            index=pd.DatetimeIndex([sessions[end - 1] for end in ends], name="session"),
        )[["statistic", "p_value", "lags", "hedge_ratio", "intercept", "half_life"]]
        tested = table[np.isfinite(table["statistic"])]
        return StabilityResult(
            y=y,
            x=x,
            parameters=parameters,
            window=window,
            step=step,
            n_windows=len(table),
            share_significant=float((tested["p_value"] < parameters.alpha).mean()),
            hedge_ratio_mean=float(table["hedge_ratio"].mean()),
            hedge_ratio_std=float(table["hedge_ratio"].std(ddof=1)),
            half_life_median=float(table["half_life"].median()),
            n_obs=len(levels),
            start=sessions[0],
            end=sessions[-1],
            null_hypothesis=NO_COINTEGRATION,
            panel_fingerprint=pair.fingerprint,
            table=table,
        )

    def _pair(self, panel: Panel, y: str, x: str) -> Panel:
        if y == x:
            raise InvalidInput(f"a pair needs two different symbols; received {y!r} twice")
        pair = panel.select([y, x])
        self._check(pair)
        return pair

    def _check(self, panel: Panel) -> None:
        need = self.parameters.min_obs
        if panel.n_sessions < need:
            raise InsufficientData(
                f"{panel.n_sessions} sessions, need {need}; widen the range or lower min_obs",
                n_obs=panel.n_sessions,
            )
        empty = [panel.symbols[k] for k in np.flatnonzero(np.isnan(panel.values).all(axis=0))]
        if empty:
            shown = ", ".join(empty[:8]) + (" ..." if len(empty) > 8 else "")
            raise InsufficientData(f"no bars for {shown}; leave them out or widen the range", symbols=empty)

    def _levels(self, panel: Panel) -> Floats:
        """Logs or prices; where a log does not exist, an infinity that makes the test say so."""
        if not self.parameters.log_prices:
            return panel.values
        prices = panel.values
        logs = np.where(np.isnan(prices), np.nan, -np.inf)
        return np.log(prices, out=logs, where=prices > 0.0)

    def _tests(self, levels: Floats, progress: Progress | None) -> PairStatistics:
        parameters = self.parameters
        return engle_granger_scan(
            levels,
            trend=parameters.trend,
            autolag=parameters.autolag,
            maxlag=parameters.maxlag,
            min_obs=parameters.min_obs,
            progress=progress,
            threads=self.threads,
        )


def _columns(found: PairStatistics) -> tuple[Floats, ...]:
    return found.statistic, found.p_value, found.hedge_ratio, found.intercept, found.half_life


def _scan_table(found: PairStatistics, symbols: tuple[str, ...], q: Floats, q_bh: Floats) -> pd.DataFrame:
    names = np.array(symbols, dtype=object)
    labels = np.array([status.value for status in STATUSES], dtype=object)
    table = pd.DataFrame(
        {
            "y": pd.Series(names[found.y], dtype="str"),
            "x": pd.Series(names[found.x], dtype="str"),
            "statistic": found.statistic,
            "p_value": found.p_value,
            "p_value_two_directions": found.p_value_two_directions,
            "q_value": q,
            "q_value_bh": q_bh,
            "lags": found.lags,
            "hedge_ratio": found.hedge_ratio,
            "intercept": found.intercept,
            "half_life": found.half_life,
            "n_obs": found.n_obs,
            "status": pd.Series(labels[found.status], dtype="str"),
        }
    )
    order = np.lexsort((found.statistic, ~found.counted))
    return table.iloc[order].reset_index(drop=True)


def _half_life_interval(levels: Floats, found: PairStatistics, trend: Trend) -> tuple[float, float]:
    residual = levels[:, 0] - float(found.hedge_ratio[0]) * levels[:, 1]
    if trend is Trend.CONSTANT_TREND:
        time = np.arange(len(residual)) - 0.5 * (len(residual) - 1)
        residual = residual - time * float(time @ residual) / float(time @ time)
    if found.status[0] != 0:
        return math.nan, math.nan
    estimate = half_life(residual)
    return estimate.low, estimate.high


def _leg_p_value(series: Floats, trend: Trend) -> float:
    deterministic = Trend.CONSTANT_TREND if trend is Trend.CONSTANT_TREND else Trend.CONSTANT
    try:
        return adf(series, trend=deterministic).p_value
    except TitanError:
        return math.nan
