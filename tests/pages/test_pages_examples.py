"""The two example views give the same answer under WSGI and ASGI."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.test import AsyncClient, Client

from django_site.trading.models import Run
from services.translation import register_instruments

QUERY = "?y=KO&x=PEP"


@pytest.fixture
def prices(transactional_db: None, sample_prices: tuple[str, ...], django_user_model: Any) -> Any:
    register_instruments(sample_prices)
    return django_user_model.objects.create_user("me", password="one-Long-word")


def test_both_views_give_one_answer_and_one_run_under_both_servers(prices: Any) -> None:
    wsgi, asgi = Client(), AsyncClient()
    wsgi.force_login(prices)
    asgi.force_login(prices)

    async def under_asgi() -> list[Any]:
        return [await asgi.get(f"/examples/pair-test/{kind}/{QUERY}") for kind in ("sync", "async")]

    answers = [wsgi.get(f"/examples/pair-test/{kind}/{QUERY}") for kind in ("sync", "async")]
    answers += asyncio.run(under_asgi())
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["y"] == "KO"
    assert Run.objects.get().owner == prices


def test_twenty_requests_at_once_under_asgi_are_answered(prices: Any) -> None:
    client = AsyncClient()
    client.force_login(prices)

    async def together() -> list[int]:
        calls = [client.get(f"/examples/pair-test/{'a' * (i % 2)}sync/{QUERY}") for i in range(20)]
        return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert asyncio.run(asyncio.wait_for(together(), 60)) == [200] * 20
    assert Run.objects.count() == 1


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_mistake_is_explained(kind: str, prices: Any) -> None:
    client = Client()
    client.force_login(prices)
    answer = client.get(f"/examples/pair-test/{kind}/?y=KO&x=KO")
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidInput")
    assert client.get(f"/examples/pair-test/{kind}/?y=KO&x=%00").status_code == 400
