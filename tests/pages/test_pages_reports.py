"""Reports are served by their row, from their folder, in a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from django_site.trading.models import Report, Run
from django_site.trading.pages.reports import STRICT_POLICY
from reports.policy import content_policy

Browser = Callable[[str], Client]
POLICY = content_policy("let a = 1;")


def _serve(browser: Browser, report: Any, path: str, person: str = "me") -> Any:
    Report.objects.filter(pk=report.pk).update(path=path)
    return browser(person).get(f"/reports/{report.pk}/")


def _page(policy: str | None) -> bytes:
    from html import escape

    meta = "" if policy is None else f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    return f"<!doctype html><html><head>{meta}</head><body>report</body></html>".encode()


@pytest.fixture
def mine(rows: dict[str, Any], reports_folder: Path) -> Any:
    (reports_folder / "pair-ko.html").write_bytes(_page(POLICY))
    return rows["mine"]["Report"]


def test_a_report_comes_in_a_sandbox_with_its_own_policy(browser: Browser, mine: Any) -> None:
    answer = _serve(browser, mine, "pair-ko.html")
    policy = answer["Content-Security-Policy"]
    assert answer.status_code == 200
    assert b"report" in b"".join(answer.streaming_content)
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy
    assert POLICY in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("stated", [None, "default-src *", "default-src 'none';\r\nX: y", "é" * 9, "a" * 9_000])
def test_without_a_good_policy_nothing_may_run(
    stated: str | None, browser: Browser, mine: Any, reports_folder: Path
) -> None:
    (reports_folder / "plain.html").write_bytes(_page(stated))
    answer = _serve(browser, mine, "plain.html")
    assert STRICT_POLICY in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    answer.close()


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "..", "../secret.html", "../reports/../secret.html", "/etc/passwd", "a/b.html", "~/x.html",
        "..%2fsecret.html", "secret.html\x00", "link.html", "index.html", "PAIR-KO.HTML", "gone.html", "x.ipynb",
    ],
)  # fmt: skip
def test_no_path_in_a_row_leaves_the_folder(path: str, browser: Browser, mine: Any, reports_folder: Path) -> None:
    (reports_folder.parent / "secret.html").write_text("secret")
    (reports_folder / "link.html").symlink_to(reports_folder.parent / "secret.html")
    (reports_folder / "index.html").write_text("gallery")
    assert _serve(browser, mine, path).status_code == 404


@pytest.mark.parametrize(
    ("person", "tag", "expected"),
    [
        ("anonymous", "mine", 302), ("me", "theirs", 404), ("other", "theirs", 200), ("me", "nobodys", 200),
        ("staff", "theirs", 200),
    ],
)  # fmt: skip
def test_a_report_is_seen_by_those_who_may_see_its_run(
    person: str, tag: str, expected: int, browser: Browser, rows: dict[str, Any], mine: Any
) -> None:
    answer = _serve(browser, rows[tag]["Report"], "pair-ko.html", person)
    assert answer.status_code == expected
    answer.close()


def test_a_report_that_is_being_rendered_is_not_served(browser: Browser, mine: Any) -> None:
    Report.objects.filter(pk=mine.pk).update(status="running")
    assert _serve(browser, mine, "pair-ko.html").status_code == 404


def test_the_gallery_marks_what_later_data_answered_differently(browser: Browser, rows: dict[str, Any]) -> None:
    run = rows["mine"]["Run"]
    request = {"symbols": ["KO", "PEP"], "end": "2020-01-01"}
    Run.objects.all().update(status="done", data_fingerprint="old")
    Run.objects.filter(pk=run.pk).update(request=request)
    client = browser("me")
    assert ">stale<" not in client.get("/reports/").content.decode()
    Run.objects.create(identity="d" * 64, job="scan", status="done", request=request, data_fingerprint="new")
    for address in ("/reports/", "/"):
        assert client.get(address).content.decode().count(">stale<") == 1, address
