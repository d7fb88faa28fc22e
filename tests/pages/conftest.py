"""People who look at pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.api.seed import seed_owned, seed_shared


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    cache.clear()


@pytest.fixture
def people(db: None, django_user_model: Any) -> dict[str, Any]:
    make = django_user_model.objects.create_user
    return {
        "me": make("me", password="one-Long-word"),
        "other": make("other", password="one-Long-word"),
        "staff": make("staff", password="one-Long-word", is_staff=True),
    }


@pytest.fixture
def browser(people: dict[str, Any]) -> Callable[[str], Client]:
    """A session of a person, or of nobody (``anonymous``)."""

    def make(name: str) -> Client:
        client = Client()
        if name != "anonymous":
            client.force_login(people[name])
        return client

    return make


@pytest.fixture
def rows(people: dict[str, Any]) -> dict[str, dict[str, Any]]:
    seed_shared(2)
    owners = {"mine": people["me"], "theirs": people["other"], "nobodys": None}
    return {tag: seed_owned(owner, 1, tag=tag) for tag, owner in owners.items()}


@pytest.fixture
def reports_folder(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    settings.TITAN = {**settings.TITAN, "REPORTS": folder}
    return folder
