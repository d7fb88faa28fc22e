"""The examples of services/README.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

TEXT = (Path(__file__).parents[2] / "services" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)

pytestmark = pytest.mark.django_db(transaction=True)


def _block(word: str) -> str:
    found = [block for block in BLOCKS if word in block]
    assert len(found) == 1, f"one example with {word!r}"
    return found[0]


@pytest.mark.parametrize("word", ["ingest_sync", "asyncio.run", "open_workbench"])
def test_script_and_notebook_examples_run(word: str, sample_prices: tuple[str, ...]) -> None:
    exec(compile(_block(word), "services/README.md", "exec"), {"__name__": "example"})


def test_the_view_examples_answer(sample_prices: tuple[str, ...], rf: Any) -> None:
    import asyncio

    from django.contrib.auth.models import AnonymousUser

    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(_block("JsonResponse"), "services/README.md", "exec"), names)
    request = rf.get("/")
    request.user = AnonymousUser()
    blocking, awaited = names["pair"](request), asyncio.run(names["pair_async"](request))
    assert blocking.status_code == awaited.status_code == 200
    assert blocking.content == awaited.content


def test_the_task_example_runs(sample_prices: tuple[str, ...]) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(_block("shared_task"), "services/README.md", "exec"), names)
    assert isinstance(names["backtest"].apply(kwargs={"y": "KO", "x": "PEP"}).get(), float)
