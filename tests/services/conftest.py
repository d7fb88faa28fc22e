"""Fixtures of the service tests: real prices and the instruments that belong to them."""

from __future__ import annotations

import pytest


@pytest.fixture
def instruments(sample_prices: tuple[str, ...], db: None) -> tuple[str, ...]:
    """The sample's instruments and universe, inside the test's transaction."""
    from services.ingestion import sample_plan
    from services.translation import register_instruments
    from services.universe import save_universe

    _, facts, members = sample_plan()
    register_instruments(list(facts), facts)
    save_universe("sample", members)
    return tuple(members)


@pytest.fixture(scope="session", autouse=True)
def _close_bridge(django_db_setup: None) -> object:
    yield
    from services.bridge import bridge

    bridge.close()
