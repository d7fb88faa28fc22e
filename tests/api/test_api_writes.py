"""What people keep: pairs, parameter sets, universes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_site.trading import models


def test_a_pair_is_kept_with_its_parameters(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    me = client_of("me")
    made = me.post("/api/v1/trading-pairs/", {"y": "KO", "x": "PEP", "parameters": {"rules": {"entry": 2.5}}})
    assert made.status_code == 201, made.content
    pair = made.json()
    parameters = pair["parameters"]
    assert (pair["status"], parameters["rules"]["entry"], parameters["costs"]["commission"]) == (
        "active", 2.5, 0.0005,
    )  # fmt: skip
    changed = me.patch(f"/api/v1/trading-pairs/{pair['id']}/", {"status": "retired"}).json()
    assert changed == {**pair, "status": "retired"}
    assert me.patch(f"/api/v1/trading-pairs/{pair['id']}/", {"y": "PEP"}).status_code == 400


def test_staff_change_a_pair_and_it_stays_with_its_owner(
    client_of: Callable[[str], Any], people: dict[str, Any], rows: dict[str, Any]
) -> None:
    mine = rows["mine"]["TradingPair"]
    assert client_of("staff").patch(f"/api/v1/trading-pairs/{mine.pk}/", {"note": "seen"}).status_code == 200
    mine.refresh_from_db()
    assert (mine.note, mine.owner) == ("seen", people["me"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "wide", "kind": "backtest", "values": {"rules": {"entry": 3.0}}}, 201),
        ({"name": "wide", "kind": "scan", "values": {"alpha": 0.01}}, 201),
        ({"name": "wide", "kind": "scan", "values": {"entry": 3.0}}, 400),
        ({"name": "wide", "kind": "nothing", "values": {}}, 400),
        ({"name": "wide", "kind": "scan", "values": "all"}, 400),
        ({"name": "\u0000", "kind": "scan", "values": {}}, 400),
        ({"name": "wide", "kind": "scan", "values": {}, "y": "KO"}, 400),
        ({"name": "wide", "kind": "scan", "values": {}, "owner": 1}, 400),
    ],
)
def test_a_parameter_set_is_validated_as_its_kind(
    body: dict[str, Any], expected: int, client_of: Callable[[str], Any]
) -> None:
    answer = client_of("me").post("/api/v1/parameter-sets/", body)
    assert answer.status_code == expected, answer.content


def test_kept_values_never_change(client_of: Callable[[str], Any]) -> None:
    me = client_of("me")
    body = {"name": "wide", "kind": "backtest", "values": {"rules": {"entry": 3.0}}}
    kept = me.post("/api/v1/parameter-sets/", body).json()
    assert me.post("/api/v1/parameter-sets/", body).status_code == 409
    assert me.patch(f"/api/v1/parameter-sets/{kept['id']}/", {"values": {}}).status_code == 400
    assert me.patch(f"/api/v1/parameter-sets/{kept['id']}/", {"fingerprint": "0"}).status_code == 400
    assert me.patch(f"/api/v1/parameter-sets/{kept['id']}/", {"name": "wider"}).json() == {
        **kept,
        "name": "wider",
    }


def test_renaming_onto_a_set_that_is_there_is_a_conflict(client_of: Callable[[str], Any]) -> None:
    me = client_of("me")
    first, second = (
        me.post("/api/v1/parameter-sets/", {"name": name, "kind": "scan", "values": {}}).json() for name in "ab"
    )
    answer = me.patch(f"/api/v1/parameter-sets/{second['id']}/", {"name": first["name"]})
    assert (answer.status_code, answer.json()["error"]) == (409, "Conflict")
    assert me.get(f"/api/v1/parameter-sets/{second['id']}/").json()["name"] == "b"


def test_members_come_and_go(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    staff = client_of("staff")
    staff.post("/api/v1/universes/", {"name": "drinks"})
    body = {"universe": "drinks", "symbol": "KO", "start_on": "2020-01-01"}
    member = staff.post("/api/v1/universe-memberships/", body).json()
    universe = models.Universe.objects.get(name="drinks")
    assert staff.get(f"/api/v1/universes/{universe.pk}/").json()["n_members"] == 1
    assert staff.post("/api/v1/universe-memberships/", body).status_code == 400
    address = f"/api/v1/universe-memberships/{member['id']}/"
    assert staff.patch(address, {"end_on": "2019-01-01"}).status_code == 400
    assert staff.patch(address, {"end_on": "2021-01-01"}).status_code == 200
    assert staff.get(f"/api/v1/universes/{universe.pk}/").json()["n_members"] == 0
