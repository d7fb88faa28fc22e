"""Every route x method x person x owner, made from the router: a new route is in the matrix by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_site.trading.api.base import RowViews
from django_site.trading.api.urls import ROUTES, urlpatterns

METHODS = ("get", "post", "put", "patch", "delete")
PEOPLE = ("anonymous", "other", "me", "staff")
OWNED = {prefix for prefix, (_, views) in ROUTES.items() if views.owner is not None}
CREATED_BY_ANYBODY = {"trading-pairs", "parameter-sets"}
BODIES: dict[str, dict[str, Any]] = {
    "universes": {"name": "mine"},
    "universe-memberships": {"universe": "sample", "symbol": "KO", "start_on": "2021-01-01"},
    "trading-pairs": {"y": "KO", "x": "PEP"},
    "parameter-sets": {"name": "new", "kind": "backtest", "values": {"rules": {"entry": 2.5}}},
}
PATCHES: dict[str, dict[str, Any]] = {
    "universes": {"description": "twenty"},
    "universe-memberships": {"end_on": "2022-01-01"},
    "trading-pairs": {"note": "watch"},
    "parameter-sets": {"name": "renamed"},
}


def _methods(views: type[RowViews], *, detail: bool) -> set[str]:
    known = {"get"}
    if detail:
        known |= {"patch"} if hasattr(views, "partial_update") else set()
        known |= {"delete"} if hasattr(views, "destroy") else set()
    elif hasattr(views, "create"):
        known |= {"post"}
    return known


def _collection_cases() -> Iterator[tuple[str, str, str, int]]:
    for prefix, (_, views) in ROUTES.items():
        for method in METHODS:
            for person in PEOPLE:
                yield prefix, method, person, _collection_status(prefix, views, method, person)


def _collection_status(prefix: str, views: type[RowViews], method: str, person: str) -> int:
    if person == "anonymous":
        return 401
    if method not in _methods(views, detail=False):
        return 405
    if method == "get":
        return 200
    return 201 if person == "staff" or prefix in CREATED_BY_ANYBODY else 403


def _detail_cases() -> Iterator[tuple[str, str, str, str, int]]:
    for prefix, (_, views) in ROUTES.items():
        for tag in ("mine", "theirs", "nobodys") if prefix in OWNED else ("shared",):
            for method in METHODS:
                for person in PEOPLE:
                    yield prefix, tag, method, person, _detail_status(views, tag, method, person)


def _detail_status(views: type[RowViews], tag: str, method: str, person: str) -> int:
    if person == "anonymous":
        return 401
    if method not in _methods(views, detail=True):
        return 405
    owner = {"mine": "me", "theirs": "other"}.get(tag)
    done = 202 if method == "delete" else 200
    if person == "staff":
        return done
    if owner is not None and person != owner:
        return 404
    return done if method == "get" or person == owner else 403


def _pk(prefix: str, tag: str, rows: dict[str, dict[str, Any]]) -> int:
    model = ROUTES[prefix][1].queryset.model  # type: ignore[union-attr]
    return int(model.objects.first().pk if tag == "shared" else rows[tag][model.__name__].pk)


@pytest.mark.parametrize("person", PEOPLE)
def test_every_list_answers_everybody_as_it_should(
    person: str, client_of: Callable[[str], Any], rows: dict[str, Any]
) -> None:
    client = client_of(person)
    wrong = []
    for prefix, method, who, expected in _collection_cases():
        if who == person:
            answer = getattr(client, method)(f"/api/v1/{prefix}/", BODIES.get(prefix, {}) if method != "get" else {})
            if answer.status_code != expected:
                wrong.append((prefix, method, person, expected, answer.status_code, answer.content[:200]))
    assert wrong == []


@pytest.mark.parametrize("person", PEOPLE)
def test_every_row_answers_everybody_as_it_should(
    person: str, client_of: Callable[[str], Any], rows: dict[str, Any]
) -> None:
    client = client_of(person)
    wrong = []
    for prefix, tag, method, who, expected in _detail_cases():
        if who == person:
            address = f"/api/v1/{prefix}/{_pk(prefix, tag, rows)}/"
            answer = getattr(client, method)(address, PATCHES.get(prefix, {}) if method != "get" else {})
            if answer.status_code != expected:
                wrong.append((prefix, tag, method, person, expected, answer.status_code, answer.content[:200]))
    assert wrong == []


@pytest.mark.parametrize(("person", "seen"), [("me", {"mine", "nobodys"}), ("other", {"theirs", "nobodys"})])
def test_lists_leave_out_what_belongs_to_others(
    person: str, seen: set[str], client_of: Callable[[str], Any], rows: dict[str, Any]
) -> None:
    client = client_of(person)
    for prefix in OWNED:
        model = ROUTES[prefix][1].queryset.model  # type: ignore[union-attr]
        expected = {rows[tag][model.__name__].pk for tag in seen}
        found = {row["id"] for row in client.get(f"/api/v1/{prefix}/").json()["results"]}
        assert found == expected, prefix


def test_staff_see_all_rows(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    client = client_of("staff")
    assert {client.get(f"/api/v1/{prefix}/").json()["count"] for prefix in OWNED} == {3}


def test_a_run_of_somebody_else_gives_no_result(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    address = f"/api/v1/runs/{rows['theirs']['Run'].pk}/result/"
    assert client_of("me").get(address).status_code == 404
    assert client_of("anonymous").get(address).status_code == 401
    assert client_of("other").get(address).status_code == 409  # it is theirs, and not finished


def test_only_logging_in_is_open_to_strangers(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    client = client_of("anonymous")
    routes = [(pattern.name, str(pattern.pattern)) for pattern in urlpatterns if getattr(pattern, "name", None)]
    plain = {name: route for name, route in routes if "<" not in route}
    opened = set()
    for name, route in plain.items():
        address = "/api/v1/" + route.strip("^").split("$")[0].split("\\Z")[0]
        if client.post(address, {}).status_code not in {401, 405}:
            opened.add(name)
    assert opened == {"token"}
    assert len(plain) > len(ROUTES)


def test_a_pair_of_somebody_else_cannot_be_taken_over(client_of: Callable[[str], Any], rows: dict[str, Any]) -> None:
    theirs = rows["theirs"]["TradingPair"]
    answer = client_of("me").post("/api/v1/trading-pairs/", {"y": "BY0", "x": "BX0", "note": "mine now"})
    theirs.refresh_from_db()
    assert answer.status_code == 409
    assert (theirs.note, theirs.owner.username) == ("", "other")
