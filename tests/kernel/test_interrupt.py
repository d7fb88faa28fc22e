"""Ctrl-C in a cell: the work stops, its run says so, and the next cell works."""

from __future__ import annotations

import time
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LONG = {
    "an await": "await titan.market.symbols() and await titan.runs.audit(seed=11)",
    "a twin": "titan.runs.audit_sync(seed=12)",
    "a waiting twin": "import asyncio\ntitan.market.run_async(asyncio.sleep, 30)",
    "a gathered await": "import asyncio\nawait asyncio.gather(titan.runs.audit(seed=13), titan.market.symbols())",
    "a nested loop": "import asyncio\nasyncio.run(titan.runs.audit(seed=14))",
}


@pytest.mark.parametrize("code", LONG.values(), ids=LONG.keys())
def test_an_interrupt_ends_the_cell_within_two_seconds(kernel: Any, code: str) -> None:
    cell = kernel.send(code)
    time.sleep(2.0)

    kernel.interrupt()
    asked = time.monotonic()
    (ended,) = kernel.collect([cell], deadline=asked + 30)
    took = time.monotonic() - asked
    following = kernel.run(
        "Instrument.objects.count(), await Instrument.objects.acount(), len(titan.market.symbols_sync())"
    )

    assert ended.error.split(":")[0] in ("KeyboardInterrupt", "CancelledError")
    assert took < 2.0
    assert (following.error, following.text) == ("", "(22, 22, 22)")
    assert following.seconds < 2.0
    assert "running" not in kernel.run("list(titan.runs.list_runs_sync()['status'])").text
