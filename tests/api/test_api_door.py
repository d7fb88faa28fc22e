"""Logging in, tokens, CSRF, the schema, and the one shape of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from rest_framework.test import APIClient

from django_site.trading.api.errors import handle_error
from titan_research import errors

PASSWORD = {"username": "me", "password": "one-Long-word"}


def test_a_token_opens_the_interface_until_it_is_revoked(people: dict[str, Any]) -> None:
    client = APIClient()
    token = client.post("/api/v1/token/", PASSWORD).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get("/api/v1/runs/").status_code == 200
    assert client.delete("/api/v1/token/").status_code == 204
    answer = client.get("/api/v1/runs/")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Token")


def test_a_token_in_the_address_is_worth_nothing(people: dict[str, Any]) -> None:
    token = APIClient().post("/api/v1/token/", PASSWORD).json()["token"]
    assert APIClient().get(f"/api/v1/runs/?token={token}").status_code == 401


def test_the_eleventh_try_in_a_minute_waits_even_with_the_right_password(people: dict[str, Any]) -> None:
    client = APIClient()
    wrong = [client.post("/api/v1/token/", {**PASSWORD, "password": str(i)}).status_code for i in range(10)]
    last = client.post("/api/v1/token/", PASSWORD)
    assert wrong == [401] * 10
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 61
    assert Client().post("/login/", PASSWORD).status_code == 429


def test_writes_of_a_session_need_the_csrf_token(people: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["me"])
    body = {"name": "wide", "kind": "scan", "values": {}}
    refused = client.post("/api/v1/parameter-sets/", body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]) == (403, "PermissionDenied")
    client.get("/")
    token = client.cookies["csrftoken"].value
    made = client.post("/api/v1/parameter-sets/", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert made.status_code == 201


def test_the_schema_describes_every_route_and_needs_no_network(client_of: Callable[[str], Any]) -> None:
    me = client_of("me")
    schema = me.get("/api/v1/schema/?format=json").json()
    assert len(schema["paths"]) >= 50
    job = schema["components"]["schemas"]["BacktestJobRequest"]["properties"]["parameters"]
    assert job["properties"]["rules"]["properties"]["entry"] == {"type": "number", "default": 2.0}
    assert "openapi" in me.get("/api/v1/schema/").content.decode()


def test_the_browsable_pages_load_nothing_from_elsewhere(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    me = client_of("me")
    for address in ("/api/v1/", "/api/v1/runs/", "/api/v1/trading-pairs/", "/api/v1/bars/?symbol=KO"):
        page = me.get(address, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert 'src="http' not in page.content.decode()
        assert '<link rel="stylesheet" type="text/css" href="http' not in page.content.decode()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInput("a"), 400),
        (errors.InsufficientData("a"), 400),
        (errors.NotFound("a"), 404),
        (errors.Conflict("a"), 409),
        (errors.ComputationFailed("a"), 422),
        (errors.SourceError("a"), 502),
        (errors.StoreUnavailable("a"), 503),
        (errors.NotConfigured("a"), 500),
        (OperationalError("database is locked"), 503),
    ],
)
def test_every_error_has_its_status_and_one_shape(error: Exception, status: int, db: None) -> None:
    answer = handle_error(error, {})
    assert answer is not None
    assert answer.status_code == status
    assert set(answer.data) == {"error", "message", "details"}


def test_the_details_of_an_error_are_json(db: None) -> None:
    answer = handle_error(errors.InvalidInput("a", bound=float("nan"), kind=object), {})
    assert answer is not None
    assert isinstance(answer.data["details"]["kind"], str)


def test_an_unexpected_error_is_not_hidden(db: None) -> None:
    assert handle_error(RuntimeError("a bug"), {}) is None
