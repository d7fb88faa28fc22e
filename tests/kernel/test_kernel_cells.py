"""What a person types into cells, in one real kernel."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.slow

WRAPPERS = """
import gc
print(sum(type(item).__name__ == "DatabaseWrapper" for item in gc.get_objects()))
"""
MIXED = [
    "Instrument.objects.count()",
    "await Instrument.objects.acount()",
    "len(titan.market.instruments_sync())",
    "len(await titan.market.instruments())",
    "Instrument.objects.count() + await Instrument.objects.acount() - len(titan.market.symbols_sync())",
    "import asyncio\nasyncio.run(titan.market.symbols())[0] and len(asyncio.run(titan.market.symbols()))",
]


@pytest.mark.parametrize("code", MIXED)
def test_a_cell_reads_the_database_in_every_way_that_python_offers(kernel: Any, code: str) -> None:
    cell = kernel.run(code)

    assert (cell.error, cell.text) == ("", "22")


def test_a_sync_query_sees_the_transaction_that_a_twin_runs_in(kernel: Any) -> None:
    cell = kernel.run(
        "from django.db import transaction\n"
        "with transaction.atomic():\n"
        "    Instrument.objects.create(symbol='NEW')\n"
        "    seen = len(titan.market.instruments_sync())\n"
        "    transaction.set_rollback(True)\n"
        "print(seen, Instrument.objects.count())"
    )

    assert (cell.error, cell.text.strip()) == ("", "23 22")


def test_thirty_cells_with_and_without_await_open_no_more_connections(kernel: Any) -> None:
    cells = (MIXED * 5)[:30]
    kernel.run_all(cells[:6])
    before = int(kernel.run(WRAPPERS).text)

    after_all = kernel.run_all(cells, timeout=120)
    after = int(kernel.run(WRAPPERS).text)

    assert [cell.status for cell in after_all] == ["ok"] * 30
    assert after == before


def test_cells_that_await_before_any_other_query_share_one_connection(start_kernel: Any) -> None:
    kernel = start_kernel()
    kernel.run("from django.db import connections\nheld = []")
    query = "held.append(connections['default'])\nInstrument.objects.count() + 0 * await Instrument.objects.acount()"

    cells = kernel.run_all([query] * 5)

    assert [cell.text for cell in cells] == ["22"] * 5
    assert kernel.run("len(set(map(id, held)))").text == "1"


def test_loading_the_extension_again_is_silent(kernel: Any) -> None:
    cells = kernel.run_all(["%load_ext services.kernel", "%load_ext services.kernel", "titan is open_workbench()"])

    assert [(cell.error, cell.text) for cell in cells] == [("", ""), ("", ""), ("", "True")]


def test_a_service_error_names_what_was_expected_without_hurting_the_next_cell(kernel: Any) -> None:
    failed, following = kernel.run_all(["titan.pairs.test_pair_sync('KO', 'NOPE')", "Instrument.objects.count()"])

    assert "NOPE" in failed.error
    assert following.text == "22"


def test_the_kernel_loads_no_heavy_library_before_it_is_needed(start_kernel: Any) -> None:
    kernel = start_kernel()
    kernel.run("from services.workbench import open_workbench\ntitan = open_workbench()\ntitan.market.symbols_sync()")

    cell = kernel.run(
        "import sys\nheavy = {'vectorbt', 'numba', 'plotly', 'statsmodels'}\nprint(sorted(heavy & set(sys.modules)))"
    )

    assert (cell.error, cell.text.strip()) == ("", "[]")


def test_models_and_research_names_are_there_without_an_import(start_kernel: Any) -> None:
    cell = start_kernel().run(
        "print(TradingPair.__name__, ScanParameters.__name__, pd.__name__, callable(open_workbench))"
    )

    assert (cell.error, cell.text.strip()) == ("", "TradingPair ScanParameters pandas True")


def test_progress_is_shown_while_it_lasts_and_gone_afterwards(kernel: Any) -> None:
    cell = kernel.run("show = titan.progress('pairs')\nfor done in range(4):\n    show(done, 3)")

    assert cell.error == ""
    assert len(cell.outputs) == 1
    assert "<progress value='0' max='3'>" in cell.outputs[0]["text/html"]
