"""The public face: CointegrationTester on real prices and on worlds whose truth is known."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from titan_research import CointegrationTester
from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters, NotFound
from titan_research.pairs.multiple_testing import benjamini_hochberg, benjamini_yekutieli
from titan_research.panel import Panel
from titan_research.parameters import ScanParameters
from titan_research.types import TestStatus

COLUMNS = [
    "y",
    "x",
    "statistic",
    "p_value",
    "p_value_two_directions",
    "q_value",
    "q_value_bh",
    "lags",
    "hedge_ratio",
    "intercept",
    "half_life",
    "n_obs",
    "status",
]


@pytest.fixture(scope="module")
def mixed() -> Panel:
    """A true pair, walks, and one symbol each halted, listed late, copied from another, with a zero price."""
    rng = np.random.default_rng(21)
    n = 600
    logs = 4.0 + 0.01 * rng.standard_normal((n, 8)).cumsum(axis=0)
    error = np.zeros(n)
    for t in range(1, n):
        error[t] = 0.8 * error[t - 1] + 0.01 * rng.standard_normal()
    logs[:, 1] = 0.3 + 0.9 * logs[:, 0] + error
    closes = np.exp(logs)
    closes[:, 4] = 25.0
    closes[:560, 5] = np.nan
    closes[:, 6] = 2.0 * closes[:, 2]
    closes[300, 7] = 0.0
    index = pd.bdate_range("2020-01-01", periods=n)
    symbols = ["AAA", "BBB", "WALK1", "WALK2", "HALT", "LATE", "COPY", "ZERO"]
    return Panel.from_frame(pd.DataFrame(closes, index=index, columns=symbols))


def test_scan_has_one_row_per_ordered_pair_sorted_by_statistic(five_years: Panel) -> None:
    scan = CointegrationTester().scan(five_years)
    table = scan.to_frame()
    assert list(table.columns) == COLUMNS
    assert len(table) == 20 * 19
    assert len(set(zip(table["y"], table["x"], strict=True))) == 380
    assert table["statistic"].is_monotonic_increasing
    assert (table["n_obs"] == len(five_years)).all()
    assert scan.symbols == five_years.symbols
    assert (scan.start, scan.end, scan.n_obs) == (five_years.index[0], five_years.index[-1], len(five_years))
    assert scan.panel_fingerprint == five_years.fingerprint
    assert scan.null_hypothesis == "no cointegration"


def test_scan_counts_tests_and_what_chance_alone_would_find(five_years: Panel) -> None:
    scan = CointegrationTester(ScanParameters(alpha=0.1)).scan(five_years)
    table = scan.to_frame()
    assert scan.n_tests == 380
    assert scan.expected_false == pytest.approx(38.0)
    assert scan.n_significant == (table["p_value"] < 0.1).sum() > 0
    assert scan.n_discoveries == (table["q_value"] <= 0.1).sum()
    np.testing.assert_allclose(table["q_value"], benjamini_yekutieli(table["p_value"]), rtol=1e-14)
    np.testing.assert_allclose(table["q_value_bh"], benjamini_hochberg(table["p_value"]), rtol=1e-14)


def test_both_rows_of_a_pair_carry_twice_the_smaller_p_value(five_years: Panel) -> None:
    table = CointegrationTester().scan(five_years).to_frame().set_index(["y", "x"])
    for (y, x), row in table.iterrows():
        expected = min(1.0, 2.0 * min(row["p_value"], table.loc[(x, y), "p_value"]))
        assert row["p_value_two_directions"] == expected


def test_a_true_pair_survives_and_pairs_without_a_test_never_count(mixed: Panel) -> None:
    scan = CointegrationTester().scan(mixed)
    table = scan.to_frame()
    odd = table[table["status"] != "ok"]
    for symbol, status in {"HALT": "constant", "LATE": "short", "ZERO": "nonfinite"}.items():
        others = ~table["y"].isin({"HALT", "LATE", "ZERO"} - {symbol}) & ~table["x"].isin(
            {"HALT", "LATE", "ZERO"} - {symbol}
        )
        involved = others & ((table["y"] == symbol) | (table["x"] == symbol))
        assert set(table.loc[involved, "status"]) == {status}
    copies = table[table["status"] == "collinear"]
    assert set(copies["y"]) == {"WALK1", "COPY"}
    assert (copies["statistic"] == -np.inf).all()
    assert (copies["p_value"] == 0.0).all()
    assert odd["q_value"].isna().all()
    assert odd["q_value_bh"].isna().all()
    assert scan.n_tests == len(table) - len(odd) == 18
    assert len(scan.failures) == len(odd)
    assert table["status"].iloc[: scan.n_tests].eq("ok").all()
    best = scan.best(1).iloc[0]
    assert {best["y"], best["x"]} == {"AAA", "BBB"}
    assert best["survives"]
    assert scan.n_discoveries >= 2
    assert not (set(scan.best(99)["status"]) - {"ok"})


def test_best_gives_each_pair_once_in_its_better_direction_with_the_half_life_band_first(
    five_years: Panel,
) -> None:
    scan = CointegrationTester(ScanParameters(max_half_life=40.0)).scan(five_years)
    best, table = scan.best(190), scan.to_frame().set_index(["y", "x"])
    assert len({frozenset(pair) for pair in zip(best["y"], best["x"], strict=True)}) == len(best) == 190
    for row in best.itertuples():
        assert row.p_value <= table.loc[(row.x, row.y), "p_value"]
    inside = best["half_life"].between(1.0, 40.0)
    assert 0 < inside.sum() < 190
    assert inside.iloc[: inside.sum()].all()
    assert best.loc[inside, "p_value"].is_monotonic_increasing
    assert best.loc[~inside, "p_value"].is_monotonic_increasing
    assert (best["survives"] == (best["q_value"] <= 0.05)).all()


def test_a_single_test_has_the_bits_of_its_row_in_the_scan(mixed: Panel, five_years: Panel) -> None:
    tester = CointegrationTester()
    for panel, y, x in ((mixed, "BBB", "AAA"), (five_years, "PEP", "KO"), (five_years, "XOM", "CVX")):
        row = tester.scan(panel).to_frame().set_index(["y", "x"]).loc[(y, x)]
        result = tester.test(panel, y, x)
        shared = ("statistic", "p_value", "lags", "hedge_ratio", "intercept", "half_life", "n_obs")
        assert [getattr(result, name) for name in shared] == [row[name] for name in shared]
        assert result.p_value_two_directions == row["p_value_two_directions"]
        assert result.reverse_p_value == tester.test(panel, x, y).p_value


def test_a_single_test_describes_the_pair(mixed: Panel) -> None:
    result = CointegrationTester().test(mixed, "BBB", "AAA")
    assert result.is_cointegrated(alpha=0.01)
    assert result.hedge_ratio == pytest.approx(0.9, abs=0.05)
    assert result.intercept == pytest.approx(0.3, abs=0.2)
    assert result.half_life_low < 3.1 < result.half_life_high
    assert result.critical_value_1 < result.critical_value_5 < result.critical_value_10
    assert result.adf_p_value_y > 0.05
    assert result.adf_p_value_x > 0.05
    assert result.status is TestStatus.OK
    assert result.panel_fingerprint == mixed.select(["BBB", "AAA"]).fingerprint
    assert (result.start, result.end, result.n_obs) == (mixed.index[0], mixed.index[-1], 600)
    assert result.null_hypothesis == "no cointegration"


def test_a_collinear_or_halted_pair_is_never_called_cointegrated(mixed: Panel) -> None:
    copy = CointegrationTester().test(mixed, "WALK1", "COPY")
    assert copy.status is TestStatus.COLLINEAR
    assert copy.p_value == 0.0
    assert not copy.is_cointegrated(alpha=0.05)
    halted = CointegrationTester().test(mixed, "WALK1", "HALT")
    assert halted.status is TestStatus.CONSTANT
    assert np.isnan(halted.p_value)
    assert np.isnan(halted.adf_p_value_x)
    assert not halted.is_cointegrated(alpha=0.05)


def test_raw_prices_and_logs_give_different_tests(five_years: Panel) -> None:
    logs = CointegrationTester().test(five_years, "KO", "PEP")
    raw = CointegrationTester(ScanParameters(log_prices=False)).test(five_years, "KO", "PEP")
    assert logs.log_prices
    assert not raw.log_prices
    assert logs.statistic != raw.statistic


def test_start_and_end_are_those_of_the_common_sessions(five_years: Panel) -> None:
    values = five_years.select(["KO", "PEP"]).values.copy()
    values[:100, 0] = np.nan
    values[-50:, 1] = np.nan
    result = CointegrationTester().test(Panel(values, five_years.index, ("KO", "PEP")), "KO", "PEP")
    assert result.start == five_years.index[100]
    assert result.end == five_years.index[-51]
    assert result.n_obs == len(five_years) - 150


def test_stability_tests_every_window_and_its_rows_equal_single_tests(five_years: Panel) -> None:
    tester = CointegrationTester()
    result = tester.stability(five_years, "KO", "PEP", window=252, step=100)
    table = result.to_frame()
    ends = list(range(251, len(five_years), 100))
    assert list(table.index) == list(five_years.index[ends])
    assert table.index.name == "session"
    assert list(table.columns) == ["statistic", "p_value", "lags", "hedge_ratio", "intercept", "half_life"]
    for end in ends[:3]:
        window = tester.test(five_years.rows(end - 251, end + 1), "KO", "PEP")
        assert table.loc[five_years.index[end], "statistic"] == window.statistic
        assert table.loc[five_years.index[end], "p_value"] == window.p_value
    assert result.n_windows == len(ends)
    assert result.share_significant == (table["p_value"] < 0.05).mean()
    assert result.hedge_ratio_mean == pytest.approx(table["hedge_ratio"].mean())
    assert result.half_life_median == table["half_life"].median()


def test_stability_rows_do_not_change_when_sessions_are_added(five_years: Panel) -> None:
    tester = CointegrationTester()
    early = tester.stability(five_years.rows(0, 700), "KO", "PEP", window=252, step=63).to_frame()
    late = tester.stability(five_years, "KO", "PEP", window=252, step=63).to_frame()
    pd.testing.assert_frame_equal(early, late.iloc[: len(early)], check_exact=True)


def test_progress_reaches_the_end_and_an_exception_in_it_cancels(five_years: Panel) -> None:
    seen: list[tuple[int, int]] = []
    CointegrationTester().scan(five_years, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (380, 380)
    seen.clear()
    CointegrationTester().stability(
        five_years, "KO", "PEP", 252, 252, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CointegrationTester().scan(five_years, progress=stop)


def test_threads_do_not_change_a_bit(panel: Panel) -> None:
    one = CointegrationTester().scan(panel).to_frame()
    two = CointegrationTester(threads=2).scan(panel).to_frame()
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_what_cannot_be_tested_is_refused_with_advice(five_years: Panel, mixed: Panel) -> None:
    tester = CointegrationTester()
    with pytest.raises(InsufficientData, match="40 sessions, need 60; widen"):
        tester.scan(five_years.rows(0, 40))
    with pytest.raises(InsufficientData, match="no bars for LATE"):
        tester.scan(mixed.rows(0, 300))
    with pytest.raises(InsufficientData, match="LATE/AAA: 40 common sessions"):
        tester.test(mixed, "LATE", "AAA")
    with pytest.raises(NotFound, match="'NOPE' is not in the panel"):
        tester.test(five_years, "KO", "NOPE")
    with pytest.raises(InvalidInput, match="two different symbols"):
        tester.test(five_years, "KO", "KO")
    with pytest.raises(InvalidInput, match="at least 2 symbols"):
        tester.scan(five_years.select(["KO"]))
    with pytest.raises(InsufficientData, match="need 5000 for one window"):
        tester.stability(five_years, "KO", "PEP", window=5000)
    with pytest.raises(InvalidParameters, match="window >= min_obs"):
        tester.stability(five_years, "KO", "PEP", window=30)


def test_importing_the_tester_loads_no_heavy_library() -> None:
    code = (
        "import sys, titan_research.pairs.tester, titan_research.pairs.spread; "
        "print([m for m in ('numba', 'statsmodels', 'scipy.stats', 'scipy.special') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
