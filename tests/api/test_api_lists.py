"""Lists: fixed query counts, hard limits, filters and orders by allow-list, null instead of NaN."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from django_site.trading import models
from django_site.trading.api.urls import ROUTES
from tests.api.seed import seed_owned, seed_shared


def _queries(client: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as first, CaptureQueriesContext(connections["market"]) as second:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.content)
    return len(first) + len(second)


def _with_token(user: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


def test_the_number_of_queries_does_not_grow_with_the_rows(people: dict[str, Any]) -> None:
    client = _with_token(people["me"])
    addresses = [f"/api/v1/{prefix}/?limit=1000" for prefix in ROUTES] + ["/api/v1/bars/?symbol=KO"]
    seed_shared(5)
    seed_owned(people["me"], 5, tag="mine")
    few = {address: _queries(client, address) for address in addresses}
    for model in (
        models.Report,
        models.IngestFile,
        models.PriceBar,
        models.BarSeries,
        models.TradingPair,
        models.Run,
        models.ParameterSet,
    ):
        model.objects.all().delete()
    models.Universe.objects.all().delete()
    models.Instrument.objects.all().delete()
    seed_shared(50)
    seed_owned(people["me"], 50, tag="mine")
    many = {address: _queries(client, address) for address in addresses}
    assert few == many
    assert max(many.values()) <= 6


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1000", 200), ("limit=1001", 400), ("limit=1e6", 400), ("limit=99999999999999999999", 400),
        ("limit=-1", 400), ("limit=0", 400), ("limit=%00", 400), ("limit=²", 400), ("offset=1000000", 200),
        ("offset=10000000", 400), ("offset=-1", 400), ("offset=99999999999999999999", 400), ("ordering=%00", 400),
        ("ordering=owner__password", 400), ("ordering=-id", 200), ("owner__password__startswith=p", 400),
        ("nothing=1", 400),
    ],
)  # fmt: skip
def test_pages_have_hard_limits(
    query: str, expected: int, client_of: Callable[[str], Any], rows: dict[str, Any]
) -> None:
    client = client_of("me")
    answers = {prefix: client.get(f"/api/v1/{prefix}/?{query}") for prefix in ROUTES}
    assert {prefix: answer.status_code for prefix, answer in answers.items()} == dict.fromkeys(ROUTES, expected)


@pytest.mark.parametrize(
    "query",
    [
        "status=%00", "status=nonsense", "created_at__gte=garbage", "job=%F0%9F%92%A5", "data_fingerprint=%00",
        "created_at__gte=9999-12-31T23:59:59-12:00", "created_at__gte=0001-01-01T00:00:00%2B14:00",
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_refused_by_name(query: str, client_of: Callable[[str], Any]) -> None:
    answer = client_of("me").get(f"/api/v1/runs/?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["message"]


@pytest.mark.parametrize("value", ["1e400", "99999999999999999999999", "-1e308", "nan", "inf"])
def test_no_number_in_a_filter_breaks_the_database(
    value: str, client_of: Callable[[str], Any], rows: dict[str, Any]
) -> None:
    client = client_of("me")
    for address in (
        "trials/?run=",
        "pair-tests/?q_value__lte=",
        "pair-tests/?half_life__gte=",
        "backtests/?n_trades__gte=",
    ):
        assert client.get(f"/api/v1/{address}{value}").status_code in {200, 400}, address


def test_filters_and_orders_choose_rows(client_of: Callable[[str], Any], people: dict[str, Any]) -> None:
    seed_owned(people["me"], 3, tag="mine")
    run = models.Run.objects.order_by("pk")[1]
    client = client_of("me")
    assert [row["run"] for row in client.get(f"/api/v1/trials/?run={run.pk}").json()["results"]] == [run.pk]
    ascending = [row["id"] for row in client.get("/api/v1/runs/?ordering=id").json()["results"]]
    assert ascending == sorted(ascending)
    assert client.get("/api/v1/signals/?y=AY1").json()["count"] == 1
    page = client.get("/api/v1/runs/?limit=2").json()
    assert (page["count"], len(page["results"]), "offset=2" in page["next"]) == (3, 2, True)


def test_undefined_numbers_are_null(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    backtest = rows["mine"]["Backtest"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE backtest SET sharpe_ratio = 9e999, calmar_ratio = NULL WHERE id = %s", [backtest.pk])
    client = client_of("me")
    for address in ("/api/v1/backtests/", f"/api/v1/backtests/{backtest.pk}/"):
        content = client.get(address).content.decode()
        row = json.loads(content, parse_constant=pytest.fail)
        row = row["results"][-1] if "results" in row else row
        assert row["calmar_ratio"] is None
        assert row["sharpe_ratio"] is None
    mine = client.get(f"/api/v1/backtests/?run={rows['mine']['Run'].pk}").json()["results"][0]
    assert mine["sharpe_ratio"] is None


def test_artifacts_are_listed_without_their_content(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    row = client_of("me").get("/api/v1/run-artifacts/").json()["results"][0]
    assert row["n_bytes"] == 3
    assert "content" not in row


@pytest.mark.parametrize("pk", ["0", "999999999999999", "9" * 30, "%00", "abc", "1e3"])
def test_an_id_that_cannot_be_is_not_found(pk: str, client_of: Callable[[str], Any]) -> None:
    assert client_of("me").get(f"/api/v1/runs/{pk}/").status_code == 404
