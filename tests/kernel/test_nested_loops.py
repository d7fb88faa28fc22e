"""asyncio.run and nest_asyncio in cells: nothing that is queued behind them may be lost."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow

OPEN = "from services.workbench import open_workbench\ntitan = open_workbench()"
NESTED = [
    "import asyncio\nloop = asyncio.get_event_loop()\nloop.run_until_complete(asyncio.sleep(0.5, 'slept'))",
    "asyncio.run(titan.market.symbols())[0]",
    "titan.market.symbols_sync()[1]",
    "(await titan.market.symbols())[2]",
    "loop.run_until_complete(titan.market.symbols())[3]",
    "Instrument.objects.count()",
    "titan.pairs.test_pair_sync('KO', 'PEP', '2015-01-01').n_obs",
    "(await titan.pairs.test_pair('KO', 'PEP', '2015-01-01')).n_obs",
    "await asyncio.gather(*(titan.market.symbols() for _ in range(3))) and 'gathered'",
    "'last'",
]
EXPECTED = ["'slept'", "'AAPL'", "'AMD'", "'BAC'", "'BBY'", "22", "2012", "2012", "'gathered'", "'last'"]


@pytest.mark.parametrize(
    "prelude", ["", "import nest_asyncio\nnest_asyncio.apply()", "import nest_asyncio2\nnest_asyncio2.apply()"]
)
def test_run_all_loses_no_cell(start_kernel: Any, prelude: str) -> None:
    cells = start_kernel().run_all([OPEN, prelude or "pass", *NESTED], timeout=90)

    assert [cell.error for cell in cells] == [""] * len(cells)
    assert [cell.text for cell in cells[2:]] == EXPECTED
