"""`titan lab` in a real browser: Run All over every way to wait, and no cell is left at [*]."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TOKEN = "a-token-for-this-test"
CELLS = [
    "from services.workbench import open_workbench\n\ntitan = open_workbench()",
    "import asyncio\n\nimport nest_asyncio\n\nnest_asyncio.apply()",
    "asyncio.get_event_loop().run_until_complete(asyncio.sleep(1, 'slept'))",
    "titan.market.symbols_sync()[:3]",
    "(await titan.market.symbols())[3:6]",
    "Instrument.objects.count()",
    "await Instrument.objects.acount()",
    "asyncio.run(titan.market.symbols())[6:9]",
    "titan.pairs.test_pair_sync('KO', 'PEP', '2015-01-01')",
    "titan.market.fetch_prices_sync(['KO', 'PEP']).tail(2).round(2)",
    "'the last cell'",
]


@pytest.fixture
def lab(kernel_environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a running laboratory with one notebook in it."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    kernelspec = {"name": "titan", "display_name": "TITAN (Django)", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell(code) for code in CELLS], metadata={"kernelspec": kernelspec})
    nbformat.write(notebook, folder / "mixed.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    titan = Path(sys.executable).with_name("titan")
    command = [str(titan), "lab", "--no-browser", "--port", str(port), "--token", TOKEN, "--notebooks", str(folder)]
    with (tmp_path / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, env=kernel_environment, cwd=tmp_path, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_up(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _get(f"{address}/api/status")
            return
        except (URLError, ConnectionError):
            time.sleep(0.3)
    raise TimeoutError("the laboratory did not start")


def _get(address: str) -> Any:
    with urlopen(f"{address}?token={TOKEN}", timeout=10) as answer:
        return json.load(answer)


def test_run_all_in_the_laboratory_runs_every_cell(lab: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    offered = _get(f"{lab}/api/kernelspecs")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1500})
        page.goto(f"{lab}/lab/tree/mixed.ipynb?token={TOKEN}&reset", timeout=90_000)
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=90_000)
        page.get_by_text("TITAN (Django) | Idle").wait_for(timeout=90_000)
        page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
        page.locator(f".jp-CodeCell .jp-InputPrompt:text-is('[{len(CELLS)}]:')").wait_for(timeout=90_000)
        prompts = page.locator(".jp-Notebook .jp-InputPrompt").all_inner_texts()
        errors = page.locator("[data-mime-type='application/vnd.jupyter.error']").count()
        dialogs = page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts()
        page.screenshot(path=str(tmp_path / "lab.png"))
        browser.close()

    assert [prompt for prompt in prompts if prompt.strip()] == [f"[{number}]:" for number in range(1, len(CELLS) + 1)]
    assert errors == 0
    assert dialogs == []
    assert (offered["default"], list(offered["kernelspecs"])) == ("titan", ["titan"])
