"""What stands on the header of a report."""

from __future__ import annotations

from typing import Any

import pytest

from django_site.trading.models import Run, Trial
from services.report_facts import headline_of, period_of, run_facts, subject_of

pytestmark = pytest.mark.django_db


def _run(number: int, **fields: Any) -> Run:
    given = {"job": "backtest", "status": "done", "code_version": "abc", "request": {"y": "KO", "x": "PEP"}, **fields}
    return Run.objects.create(identity=f"{number:064d}", **given)


def test_a_certificate_counts_only_for_the_code_it_was_made_with() -> None:
    shown = _run(1)
    _run(2, job="audit", code_version="older", certificate={"passed": True, "n_checks": 9})
    assert "titan audit" in run_facts([shown])["No look-ahead"]
    _run(3, job="audit", certificate={"passed": True, "n_checks": 113})
    assert run_facts([shown])["No look-ahead"] == "passed, 113 checks"
    _run(4, job="audit", certificate={"passed": False, "n_checks": 113})
    assert run_facts([shown])["No look-ahead"] == "FAILED, 113 checks"


def test_trials_are_those_of_the_hypothesis_over_all_runs() -> None:
    shown = _run(1)
    Trial.objects.create(run=shown, hypothesis="KO/PEP", n_combinations=1)
    assert run_facts([shown])["Trials so far"] == "1 combination over all runs"
    Trial.objects.create(run=_run(2), hypothesis="KO/PEP", n_combinations=72)
    Trial.objects.create(run=_run(3), hypothesis="PG/WMT", n_combinations=72)
    assert run_facts([shown])["Trials so far"] == "73 combinations over all runs"


def test_costs_are_said_or_their_absence() -> None:
    costs = {"commission": 0.0005, "slippage": 0.0002, "borrow_rate": 0.03}
    assert "commission 5.0 bp" in run_facts([_run(1, parameters={"costs": costs})])["Costs"]
    assert "commission 5.0 bp" in run_facts([_run(2, parameters={"backtest": {"costs": costs}})])["Costs"]
    assert "nothing is traded" in run_facts([_run(3)])["Costs"]


def test_subject_period_and_headline_read_well() -> None:
    run = _run(
        1, summary={"sharpe_ratio": 0.5, "max_drawdown": -0.25, "pbo": None, "period": "2001-01-02 to 2002-01-02"}
    )
    assert subject_of(run) == "KO/PEP"
    assert period_of(run) == "2001-01-02 to 2002-01-02"
    assert headline_of(run) == {"Sharpe ratio": "0.5", "max drawdown": "-25.0%", "pbo": "not defined"}
    assert period_of(_run(2, request={"symbol": "SPX", "start": "2001-01-01"})) == "2001-01-01 to last bar"
    assert subject_of(_run(3, request={"symbols": ["A", "B"]})) == "2 symbols"
