"""Who sees which page, and what the pages may load."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from django_site.trading.models import Run
from django_site.trading.pages.health import health
from django_site.trading.pages.urls import urlpatterns
from tests.api.seed import seed_owned

OPEN = {"login", "logout", "health"}
Browser = Callable[[str], Client]


def _addresses(rows: dict[str, Any], tag: str = "mine") -> dict[str, str]:
    ids = {"run_id": rows[tag]["Run"].pk, "report_id": rows[tag]["Report"].pk}
    return {
        str(item.name): "/" + re.sub(r"<int:(\w+)>", lambda match: str(ids[match[1]]), str(item.pattern))
        for item in urlpatterns
    }


def test_every_page_but_three_asks_strangers_to_log_in(browser: Browser, rows: dict[str, Any]) -> None:
    client = browser("anonymous")
    open_pages = set()
    for name, address in _addresses(rows).items():
        answer = client.post(address) if name == "run-cancel" else client.get(address)
        if answer.status_code != 302 or not answer["Location"].startswith("/login/?next="):
            open_pages.add(name)
    assert open_pages == OPEN


@pytest.mark.parametrize("name", ["home", "runs", "run", "pairs", "signals", "reports", "examples", "login"])
def test_pages_show_and_load_only_their_own_files(name: str, browser: Browser, rows: dict[str, Any]) -> None:
    client = browser("anonymous" if name == "login" else "me")
    answer = client.get(_addresses(rows)[name])
    text = answer.content.decode()
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\s(on\w+|style)=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


def test_the_pages_show_what_is_mine_or_nobodys(browser: Browser, rows: dict[str, Any]) -> None:
    client = browser("me")
    for address in ("/", "/runs/", "/pairs/", "/signals/"):
        text = client.get(address).content.decode()
        word = "0" if address in {"/pairs/", "/signals/"} else " 0"
        shown = {tag for tag, mark in {"mine": "A", "theirs": "B", "nobodys": "C"}.items() if f"{mark}Y0" in text}
        if address == "/runs/":
            shown = {tag for tag in rows if f">{tag}{word}</a>" in text}
        assert shown == {"mine", "nobodys"}, address


@pytest.mark.parametrize(
    ("person", "tag", "shown", "cancelled"),
    [
        ("me", "mine", 200, 302), ("me", "theirs", 404, 404), ("me", "nobodys", 200, 403),
        ("other", "theirs", 200, 302), ("staff", "mine", 200, 302), ("staff", "nobodys", 200, 302),
    ],
)  # fmt: skip
def test_a_run_is_shown_and_cancelled_by_whom_it_belongs_to(
    person: str, tag: str, shown: int, cancelled: int, browser: Browser, rows: dict[str, Any]
) -> None:
    client, run = browser(person), rows[tag]["Run"]
    assert client.get(f"/runs/{run.pk}/").status_code == shown
    assert client.get(f"/runs/{run.pk}/cancel/").status_code == 405
    assert client.post(f"/runs/{run.pk}/cancel/").status_code == cancelled
    assert (Run.objects.get(pk=run.pk).status == "cancelled") is (cancelled == 302)


def test_cancelling_needs_the_csrf_token(people: dict[str, Any], rows: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["me"])
    assert client.post(f"/runs/{rows['mine']['Run'].pk}/cancel/").status_code == 403


def test_hostile_names_and_queries_stay_text(browser: Browser, rows: dict[str, Any]) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'</script>"
    Run.objects.filter(pk=rows["mine"]["Run"].pk).update(
        title=hostile, error=hostile, request={"y": hostile, "x": "javascript:alert(1)"}, summary={hostile: hostile}
    )
    client = browser("me")
    for address in ("/", "/runs/", f"/runs/{rows['mine']['Run'].pk}/", "/reports/"):
        assert "<img src=x" not in client.get(address).content.decode()
    queries = ("page=1e20", "page=%00", "page=-1", "status=%00", "job='%22--", f"kind={hostile}", "y=%3Cscript%3E")
    for page in ("runs", "pairs", "signals", "reports", "examples"):
        for query in queries:
            answer = client.get(f"/{page}/?{query}")
            assert answer.status_code == 200
            assert "<script>" not in answer.content.decode()
            assert "<img src=x" not in answer.content.decode()


def test_pages_ask_as_many_questions_for_fifty_rows_as_for_five(
    people: dict[str, Any], django_assert_max_num_queries: Any, browser: Browser
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = browser("me")

    def count() -> dict[str, int]:
        found = {}
        for address in ("/", "/runs/", "/pairs/", "/signals/", "/reports/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found[address] = len(queries)
        return found

    seed_owned(people["me"], 9, tag="mine")
    few = count()
    seed_owned(people["me"], 40, tag="nobodys")
    assert count() == few


def test_logging_in_and_out(people: dict[str, Any]) -> None:
    from rest_framework.authtoken.models import Token

    client = Client()
    before = client.get("/login/").cookies["csrftoken"].value
    assert client.post("/login/", {"username": "me", "password": "wrong"}).status_code == 200
    answer = client.post("/login/?next=/runs/", {"username": "me", "password": "one-Long-word", "next": "/runs/"})
    assert (answer.status_code, answer["Location"]) == (302, "/runs/")
    assert client.cookies["csrftoken"].value != before
    Token.objects.create(user=people["me"])
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/runs/").status_code == 302
    assert not Token.objects.exists()


def test_logging_in_leads_nowhere_else(people: dict[str, Any]) -> None:
    form = {"username": "me", "password": "one-Long-word", "next": "https://elsewhere.example/"}
    assert Client().post("/login/", form)["Location"] == "/"


def test_the_admin_has_no_login_of_its_own(people: dict[str, Any]) -> None:
    assert Client().get("/admin/login/?next=/admin/")["Location"] == "/login/?next=/admin/"
    assert [Client().post("/login/", {"username": "me", "password": "?"}).status_code for _ in range(11)][-1] == 429


def test_health_needs_no_login_and_no_session(db: None, django_assert_num_queries: Any) -> None:
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert "sessionid" not in answer.cookies
    assert health(RequestFactory().post("/health")).status_code == 405
