"""Users, clients and rows for tests of the interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from tests.api.seed import seed_owned, seed_shared

Rows = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    cache.clear()


@pytest.fixture
def people(db: None, django_user_model: Any) -> dict[str, Any]:
    """``me``, ``other`` and ``staff``."""
    make = django_user_model.objects.create_user
    return {
        "me": make("me", password="one-Long-word"),
        "other": make("other", password="one-Long-word"),
        "staff": make("staff", password="one-Long-word", is_staff=True),
    }


@pytest.fixture
def client_of(people: dict[str, Any]) -> Callable[[str], Any]:
    """An API client of a person, or of nobody (``anonymous``)."""
    from rest_framework.test import APIClient

    def make(name: str) -> APIClient:
        client = APIClient()
        if name != "anonymous":
            client.force_authenticate(people[name])
        return client

    return make


@pytest.fixture
def rows(people: dict[str, Any]) -> Rows:
    """One row of every table for me, for the other, and for nobody."""
    seed_shared(2)
    owners = {"mine": people["me"], "theirs": people["other"], "nobodys": None}
    return {tag: seed_owned(owner, 1, tag=tag) for tag, owner in owners.items()}
