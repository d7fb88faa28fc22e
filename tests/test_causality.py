"""The certificate passes what is causal and catches what is not: the negative controls."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from titan_research.causality import CausalFunction, certify, certify_pipeline, merge_certificates
from titan_research.errors import InvalidInput
from titan_research.panel import Panel

N = 400


def walk(rng: np.random.Generator, n: int) -> dict[str, pd.Series]:
    index = pd.date_range("2010-01-01", periods=n, freq="D", tz="UTC")
    return {"spread": pd.Series(rng.standard_normal(n).cumsum(), index=index)}


def rolling_zscore(spread: pd.Series) -> pd.Series:
    return (spread - spread.rolling(20).mean()) / spread.rolling(20).std()


def full_sample_zscore(spread: pd.Series) -> pd.Series:
    return (spread - spread.mean()) / spread.std()


def centred_mean(spread: pd.Series) -> pd.Series:
    return spread.rolling(21, center=True).mean()


def backfilled(spread: pd.Series) -> pd.Series:
    return spread.where(spread.diff().abs() > 0.5).bfill()


def ranked(spread: pd.Series) -> pd.Series:
    return spread.rank(pct=True)


def subject(function, probe=walk, **options) -> CausalFunction:
    return CausalFunction(name=function.__name__, function=function, probe=probe, **options)


def panel(seed: int = 1) -> Panel:
    rng = np.random.default_rng(seed)
    values = 50 * np.exp(np.cumsum(0.01 * rng.standard_normal((N, 2)), axis=0))
    return Panel(values, pd.date_range("2010-01-01", periods=N, freq="D", tz="UTC"), ("YYY", "XXX"))


def orders(panel: Panel, delay: int) -> pd.DataFrame:
    """Reverse the last move; the trade is done ``delay`` bars after the decision."""
    spread = pd.Series(np.log(panel.column("YYY") / panel.column("XXX")))
    wanted = -np.sign(rolling_zscore(spread).round(0)).fillna(0.0)
    at = np.flatnonzero(wanted.diff().fillna(0.0))
    at = at[at + delay < len(panel)]
    return pd.DataFrame(
        {
            "session": panel.index[at],
            "filled": panel.index[at + delay],
            "position": wanted.to_numpy()[at],
            "fitted_until": panel.index[at - 1],
        }
    )


def next_bar_fills(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    return orders(panel, 1)


def same_bar_fills(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    return orders(panel, 0)


def refitted_late(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    return orders(panel, 1).assign(fitted_until=lambda frame: frame["session"])


def full_sample_orders(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    side = np.sign(panel.column("YYY") - panel.column("YYY").mean())
    return pd.DataFrame({"session": panel.index, "side": side})


def test_a_rolling_zscore_passes_bit_for_bit():
    certificate = certify(subject(rolling_zscore), n_bars=N, n_cuts=4)

    assert certificate.passed
    assert certificate.n_checks == 8
    assert set(certificate.table["test"]) == {"A-truncate", "A-garble"}


@pytest.mark.parametrize("control", [full_sample_zscore, centred_mean, backfilled, ranked])
def test_a_function_that_uses_the_future_is_caught(control):
    certificate = certify(subject(control), n_bars=N, n_cuts=4)

    assert not certificate.passed
    assert "bars before the cut changed" in certificate.failures()["detail"].iloc[0]


def test_a_centred_mean_is_caught_at_the_bars_just_before_the_cut_only():
    detail = certify(subject(centred_mean), n_bars=N, n_cuts=1).failures()["detail"]

    assert detail.str.contains("10 of").all()


def test_every_way_of_returning_a_time_series_is_looked_into():
    def several(spread: pd.Series) -> tuple[float, np.ndarray, pd.DataFrame]:
        values = spread.to_numpy()
        return 1.0, np.vstack([values, values - values.mean()]), spread.to_frame()

    assert certify(subject(several, outputs=(2,)), n_bars=N).passed
    assert not certify(subject(several), n_bars=N).passed


def test_keyword_arrays_bools_and_whole_numbers_are_tampered_with():
    def probe(rng, n):
        return {"flag": rng.random(n) < 0.5, "days": rng.integers(1, 5, n), "window": 3}

    def good(flag, days, window):
        return np.cumsum(days * flag) // window

    def uses_last_flag(flag, days, window):
        return days * flag[-1]

    def uses_last_day(flag, days, window):
        return flag * days[-5:].sum()

    assert certify(subject(good, probe), n_bars=N).passed
    assert not certify(subject(uses_last_flag, probe), n_bars=N, n_cuts=6).passed
    assert not certify(subject(uses_last_day, probe), n_bars=N, n_cuts=6).passed


def test_a_probe_that_proves_nothing_fails():
    def constant(spread: pd.Series) -> pd.Series:
        return spread * 0.0 + 1.0

    def total(spread: pd.Series) -> float:
        return float(spread.sum())

    assert "vacuous" in certify(subject(constant), n_bars=N).failures()["detail"].iloc[0]
    assert "nothing was tested" in certify(subject(total), n_bars=N).failures()["detail"].iloc[0]


def test_a_function_that_breaks_on_a_short_history_fails_with_its_error():
    def picky(spread: pd.Series) -> pd.Series:
        if len(spread) < N:
            raise ValueError("too short")
        return spread

    assert certify(subject(picky), n_bars=N).failures()["detail"].str.contains("too short").all()


def test_tolerance_admits_rounding_and_nothing_else():
    def almost(spread: pd.Series) -> pd.Series:
        return spread * (1 + 1e-13 * len(spread))

    def off(spread: pd.Series) -> pd.Series:
        return spread * (1 + 1e-6 * len(spread))

    assert not certify(subject(almost), n_bars=N).passed
    assert certify(subject(almost, tolerance=1e-9), n_bars=N).passed
    assert not certify(subject(off, tolerance=1e-9), n_bars=N).passed


def test_an_unregistered_function_is_refused_with_advice():
    with pytest.raises(InvalidInput, match="@causal"):
        certify(rolling_zscore)


def test_next_bar_fills_pass_all_tests():
    certificate = certify_pipeline(next_bar_fills, panel(), name="next bar", n_cuts=6)

    assert certificate.passed, certificate.failures()
    assert set(certificate.table["test"]) == {"A-truncate", "A-garble", "B", "C"}


def test_same_bar_fills_pass_a_but_fail_b():
    table = certify_pipeline(same_bar_fills, panel(), name="same bar", n_cuts=12).table

    by_test = table.groupby("test")["passed"]
    assert by_test.all()["A-garble"]
    assert by_test.all()["A-truncate"]
    assert not by_test.all()["B"]


def test_parameters_fitted_on_the_decided_bar_fail_c():
    table = certify_pipeline(refitted_late, panel(), name="late", n_cuts=2).failures()

    assert set(table["test"]) == {"C"}


def test_a_pipeline_that_uses_the_whole_sample_fails_a():
    table = certify_pipeline(full_sample_orders, panel(), name="full sample", n_cuts=6).failures()

    assert set(table["test"]) == {"A-truncate", "A-garble"}


def test_a_pipeline_that_decides_nothing_fails():
    certificate = certify_pipeline(lambda panel, opens: orders(panel, 1).iloc[:0], panel(), name="idle")

    assert not certificate.passed


def test_the_fingerprint_is_the_verdicts_and_repeats():
    first = certify(subject(rolling_zscore), n_bars=N, seed=3)
    second = certify(subject(rolling_zscore), n_bars=N, seed=3)
    other = certify(subject(full_sample_zscore), n_bars=N, seed=3)

    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != other.fingerprint
    merged = merge_certificates([first, other])
    assert merged.n_checks == first.n_checks + other.n_checks
    assert not merged.passed
    assert merged.n_failed == other.n_failed


def test_an_empty_certificate_does_not_pass():
    assert not certify([]).passed


def test_importing_the_registry_is_light():
    code = (
        "import sys, titan_research.causality; "
        "heavy = {'numba', 'vectorbt', 'plotly', 'statsmodels', 'scipy.stats'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stderr
