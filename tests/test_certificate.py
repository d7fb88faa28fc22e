"""The certificate of the whole library passes, covers everything that claims to be causal, and would notice a leak."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import titan_research
from titan_research import _pipelines
from titan_research.causality import REGISTRY, certify_all, certify_pipeline
from titan_research.pairs.tester import CointegrationTester
from titan_research.panel import Panel
from titan_research.types import ExitReason, SpreadKind
from titan_research.walkforward import _fold
from titan_research.walkforward.splits import Window
from titan_research.walkforward.walk_forward import WalkForward

ROOT = Path(titan_research.__file__).parent


@pytest.fixture(scope="module")
def certificate():
    return certify_all(seed=3)


def test_the_library_passes_its_certificate(certificate):
    assert certificate.passed, certificate.failures().to_string()


def test_every_module_with_a_causal_function_is_in_the_certificate(certificate):
    marked = {
        ".".join(("titan_research", *path.relative_to(ROOT).with_suffix("").parts))
        for path in ROOT.rglob("*.py")
        if any(line.lstrip().startswith("@causal(") for line in path.read_text().splitlines())
    }

    assert marked == set(_pipelines.CAUSAL_MODULES)
    registered = {name for name in REGISTRY if name.startswith("titan_research.")}
    assert registered <= set(certificate.table["subject"])


def test_every_job_is_tested_in_every_way_that_applies(certificate):
    tests = certificate.table.groupby("subject")["test"].agg(lambda column: set(column))

    for job in ("backtest, close fills", "backtest, open fills"):
        assert tests[job] == {"A-truncate", "A-garble", "B"}
    for job in ("walk-forward orders", "regime labels"):
        assert tests[job] == {"A-truncate", "A-garble", "B", "C"}


def test_the_backtest_probe_enters_reverts_stops_and_times_out():
    panel, opens = _pipelines._prices(3)
    legs, fills = panel.select(panel.symbols[:2]), opens.select(opens.symbols[:2])
    orders = _pipelines._backtest_orders(_pipelines._backtest(SpreadKind.LOG), legs, fills)

    assert set(orders["order"]) >= {"entry", ExitReason.REVERSION, ExitReason.STOP, ExitReason.TIME}
    assert set(orders["side"]) == {-1, 1}
    assert (orders["filled"] > orders["session"]).all()


def test_the_certificate_repeats_and_reports_progress(certificate):
    seen: list[tuple[int, int]] = []

    again = certify_all(3, progress=lambda done, total: seen.append((done, total)))

    assert again.fingerprint == certificate.fingerprint
    assert seen[-1][0] == seen[-1][1] == len(seen)


def check(run, panel: Panel) -> set[str]:
    found = certify_pipeline(run, panel, name="leak", cuts=[510, 750], settle=1)
    return set(found.failures()["test"])


def equity(panel: Panel, pairs: list[tuple[str, str]] | None) -> pd.DataFrame:
    curve = WalkForward(_pipelines._walk_forward()).run(panel, pairs=pairs).equity
    return pd.DataFrame({"session": curve.index, "equity": curve.to_numpy()})


def pairs_of_the_whole_sample(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    best = CointegrationTester().scan(panel).best(2)
    return equity(panel, list(zip(best["y"], best["x"], strict=True)))


def prices_scaled_by_their_last(panel: Panel, opens: Panel | None) -> pd.DataFrame:
    frame = panel.to_frame().ffill()
    return equity(Panel.from_frame((frame / frame.mean()) ** 0.5), None)


@pytest.mark.parametrize("leak", [pairs_of_the_whole_sample, prices_scaled_by_their_last])
def test_a_walk_forward_that_was_told_something_about_the_future_fails(leak):
    panel, _ = _pipelines._prices(3)

    assert "A-garble" in check(leak, panel)


def test_a_formation_window_that_reaches_one_bar_into_its_test_fails(monkeypatch):
    honest = _fold._trade_fold

    def leaky(panel: Panel, opens: Panel | None, window: Window, *rest: Any) -> _fold.Fold:
        longer = Window(slice(window.train.start, window.train.stop + 1), window.test)
        return dataclasses.replace(honest(panel, opens, longer, *rest), window=window)

    monkeypatch.setattr(_fold, "_trade_fold", leaky)
    panel, _ = _pipelines._prices(3)

    found = certify_pipeline(_pipelines._walk_forward_orders, panel, name="leak", cuts=[420], settle=1)

    assert not found.passed


def test_a_backtest_that_fills_on_the_deciding_bar_fails_b():
    panel, _ = _pipelines._prices(3)
    legs = panel.select(panel.symbols[:2])
    honest = partial(_pipelines._backtest_orders, _pipelines._backtest(SpreadKind.LOG))

    def same_bar(panel: Panel, opens: Panel | None) -> pd.DataFrame:
        return honest(panel, opens).assign(filled=lambda frame: frame["session"])

    assert certify_pipeline(honest, legs, name="honest", n_cuts=4, settle=1).passed
    assert "B" in set(certify_pipeline(same_bar, legs, name="same bar", n_cuts=4, settle=1).failures()["test"])
