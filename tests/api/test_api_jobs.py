"""Jobs: recorded once, answered with 202, watched, read, cancelled; hostile bodies are refused first."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from django_site.trading import models
from django_site.trading.dispatch import work_off
from services.market_data import MarketDataService
from services.translation import register_instruments
from titan_research.pairs.tester import CointegrationTester
from titan_research.parameters import ScanParameters

PERIOD = {"start": "2015-01-01", "end": "2018-12-31"}
SCAN = {"symbols": ["KO", "PEP", "PG"], **PERIOD}


@pytest.fixture
def prices(db: None, sample_prices: tuple[str, ...]) -> tuple[str, ...]:
    register_instruments(sample_prices)
    return sample_prices


@pytest.fixture
def me(client_of: Callable[[str], Any]) -> Any:
    return client_of("me")


def test_a_job_is_queued_computed_and_read(me: Any, prices: tuple[str, ...]) -> None:
    asked = me.post("/api/v1/jobs/scan/", SCAN)
    body = asked.json()
    assert (asked.status_code, body["run"]["status"], body["run"]["source"]) == (202, "queued", "api")
    assert asked.headers["Location"] == body["url"]
    run_id = body["run"]["id"]
    assert me.get(f"/api/v1/runs/{run_id}/result/").status_code == 409

    work_off(run_id)
    watched = me.get(body["url"]).json()
    assert (watched["status"], watched["summary"]["n_tests"]) == ("done", 6)
    result = me.get(f"/api/v1/runs/{run_id}/result/").json()
    assert result["result"]["n_tests"] == 6
    part = me.get(result["parts"]["table"]["url"] + "&limit=2&offset=1").json()
    assert (part["n_rows"], len(part["rows"]), part["offset"]) == (6, 2, 1)
    assert set(part["columns"]) >= {"y", "x", "p_value", "q_value"}
    assert me.get("/api/v1/pair-tests/?ordering=p_value").json()["count"] == 6
    assert me.get(f"/api/v1/runs/{run_id}/result/?part=nothing").status_code == 404
    assert me.get(f"/api/v1/runs/{run_id}/result/?part=table&limit=1e9").status_code == 400

    again = me.post("/api/v1/jobs/scan/", SCAN)
    assert (again.status_code, again.json()["run"]["id"]) == (200, run_id)


def test_the_result_over_http_has_every_bit_of_the_direct_call(me: Any, prices: tuple[str, ...]) -> None:
    run_id = me.post("/api/v1/jobs/scan/", SCAN).json()["run"]["id"]
    work_off(run_id)
    panel = MarketDataService().panel_sync(SCAN["symbols"], PERIOD["start"], PERIOD["end"])
    direct = CointegrationTester(ScanParameters()).scan(panel)
    rows = me.get(f"/api/v1/runs/{run_id}/result/?part=table").json()["rows"]
    for name in ("statistic", "p_value", "hedge_ratio", "intercept"):
        assert [row[name] for row in rows] == direct.table[name].tolist()


def test_the_same_question_from_another_user_is_a_run_of_their_own(
    client_of: Callable[[str], Any], prices: tuple[str, ...]
) -> None:
    runs = [client_of(name).post("/api/v1/jobs/scan/", SCAN).json()["run"]["id"] for name in ("me", "other", "me")]
    assert runs[0] == runs[2] != runs[1]
    assert client_of("other").get(f"/api/v1/runs/{runs[0]}/").status_code == 404


def test_cancelling_keeps_the_row(me: Any, prices: tuple[str, ...]) -> None:
    run_id = me.post("/api/v1/jobs/scan/", SCAN).json()["run"]["id"]
    assert me.delete(f"/api/v1/runs/{run_id}/").json()["status"] == "cancelled"
    work_off(run_id)
    assert me.get(f"/api/v1/runs/{run_id}/").json()["status"] == "cancelled"
    assert me.post("/api/v1/jobs/scan/", SCAN).json()["run"] | {"id": run_id, "status": "queued"} == (
        me.get(f"/api/v1/runs/{run_id}/").json()
    )


def test_four_kinds_of_questions_are_recorded(me: Any, prices: tuple[str, ...]) -> None:
    models.TradingPair.objects.all().delete()
    me.post("/api/v1/trading-pairs/", {"y": "KO", "x": "PEP"})
    bodies = {
        "backtest": {"y": "KO", "x": "PEP", "parameters": {"rules": {"entry": 2.5}}, **PERIOD},
        "regime": {"symbol": "SPX", "parameters": {"n_regimes": 2}},
        "signals": {"as_of": "2018-12-31"},
    }
    for job, body in bodies.items():
        answer = me.post(f"/api/v1/jobs/{job}/", body)
        assert answer.status_code == 202, answer.content
        assert answer.json()["run"]["job"] == job
    assert models.Run.objects.get(job="backtest").parameters["rules"]["entry"] == 2.5


@pytest.mark.parametrize(
    ("job", "body", "word"),
    [
        ("scan", {}, "symbols"),
        ("scan", {"symbols": ["KO"]}, "symbols"),
        ("scan", {"symbols": ["KO", "PEP"], "universe": "sample"}, "symbols"),
        ("scan", {"symbols": ["KO", "\u0000"]}, "symbols"),
        ("scan", {"symbols": ["KO", "../../x"]}, "symbols"),
        ("scan", {"symbols": "KOPEP"}, "symbols"),
        ("scan", {**SCAN, "paramters": {}}, "paramters"),
        ("scan", {**SCAN, "parameters": []}, "parameters"),
        ("scan", {**SCAN, "parameters": {"alpha": 5}}, "alpha"),
        ("scan", {**SCAN, "parameters": {"trend": "\u0000"}}, "trend"),
        ("scan", {**SCAN, "parameters": {"maxlag": 1e300}}, "maxlag"),
        ("scan", {**SCAN, "start": "2019-01-01"}, "start"),
        ("scan", {**SCAN, "start": "garbage"}, "start"),
        ("backtest", {"y": "KO"}, "x"),
        ("backtest", {"y": "KO", "x": "KO"}, "KO"),
        ("backtest", {"y": "KO", "x": "PEP", "parameters": {"rules": "many"}}, "parameters.rules"),
        ("backtest", {"y": "KO", "x": "PEP", "parameters": {"rules": {"entry": None}}}, "entry"),
        (
            "backtest",
            {"y": "KO", "x": "PEP", "parameters": {"spread": {"hedge_window": 1e15}}},
            "hedge_window",
        ),
        ("walk_forward", {"y": "KO", "universe": "sample"}, "legs"),
        ("walk_forward", {"y": "KO", "x": "PEP", "parameters": {"entries": "2"}}, "entries"),
        ("walk_forward", {"y": "KO", "x": "PEP", "parameters": {"entries": [{}]}}, "entries"),
        ("walk_forward", {"y": "KO", "x": "PEP", "parameters": {"entries": []}}, "entries"),
        ("regime", {"symbol": "SPX", "parameters": {"n_starts": 65}}, "n_starts"),
        ("regime", {"symbol": "SPX", "parameters": {"seed": True}}, "seed"),
        ("signals", {"as_of": "0000-00-00"}, "as_of"),
        ("signals", ["a", "list"], "dictionary"),
    ],
)
def test_a_question_that_cannot_be_is_refused_by_name(job: str, body: Any, word: str, me: Any) -> None:
    answer = me.post(f"/api/v1/jobs/{job}/", body)
    assert answer.status_code == 400, answer.content
    assert set(answer.json()) == {"error", "message", "details"}
    assert word in json.dumps(answer.json())
    assert not models.Run.objects.exists()


def test_a_grid_of_a_thousand_million_is_counted_and_not_built(me: Any) -> None:
    thousand = [float(number) for number in range(1, 1001)]
    grid = {"zscore_windows": list(range(5, 1005)), "entries": thousand, "exits": thousand}
    start = time.perf_counter()
    answer = me.post("/api/v1/jobs/walk_forward/", {"y": "KO", "x": "PEP", "parameters": grid})
    assert time.perf_counter() - start < 0.5
    assert answer.status_code == 400
    assert answer.json()["details"] == {"combinations": 1_000_000_000, "largest": 20_000}


def test_a_scan_of_ten_thousand_symbols_is_refused_with_the_count(me: Any) -> None:
    start = time.perf_counter()
    answer = me.post("/api/v1/jobs/scan/", {"symbols": [f"S{number}" for number in range(10_000)]})
    assert time.perf_counter() - start < 0.5
    assert answer.status_code == 400
    assert "99,990,000" in answer.json()["message"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[" * 100_000, 400), (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400), (b'{"as_of": NaN}', 400),
        (b"\xff\xfe", 400), (b"", 400), (b"null", 400), (b'{"note": "' + b"x" * 3_000_000 + b'"}', 413),
    ],
    ids=["deep list", "deep object", "NaN", "not UTF-8", "empty", "null", "large"],
)  # fmt: skip
def test_a_hostile_body_is_refused(content: bytes, expected: int, me: Any) -> None:
    for address in ("jobs/signals/", "trading-pairs/", "parameter-sets/", "token/"):
        answer = me.generic("POST", f"/api/v1/{address}", content, content_type="application/json")
        assert answer.status_code in {expected, 202} - ({202} if content else set()), (
            address,
            answer.content[:300],
        )


def test_forms_and_files_are_no_way_in(me: Any) -> None:
    assert (
        me.post("/api/v1/trading-pairs/", {"y": "KO", "x": "PEP"}, format=None, content_type="text/xml").status_code
        == 415
    )


def test_an_unknown_symbol_is_not_found_by_name(me: Any, prices: tuple[str, ...]) -> None:
    answer = me.post("/api/v1/jobs/backtest/", {"y": "KO", "x": "NOPE"})
    assert answer.status_code in {400, 404}
    assert "NOPE" in answer.json()["message"]
    assert get_user_model().objects.filter(runs__isnull=False).count() == 0
