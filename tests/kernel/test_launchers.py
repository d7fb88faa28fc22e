"""The same cells in every launcher: papermill, a plain ipykernel as VS Code starts it, and a broken configuration."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking import BlockingKernelClient
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = pytest.mark.slow

CELLS = [
    "from services.workbench import open_workbench\ntitan = open_workbench()",
    "len(titan.market.symbols_sync())",
    "len(await titan.market.symbols())",
    "from django_site.trading.models import Instrument\nInstrument.objects.count()",
]


def test_papermill_runs_a_notebook_from_another_folder(kernel_environment: dict[str, str], tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell(code) for code in CELLS])
    nbformat.write(notebook, tmp_path / "cells.ipynb")

    done = subprocess.run(
        [sys.executable, "-m", "papermill", tmp_path / "cells.ipynb", tmp_path / "out.ipynb", "-k", "titan"],
        env=kernel_environment, cwd="/", capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    results = [cell.outputs[-1]["data"]["text/plain"] for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells[1:]]
    assert results == ["22", "22", "22"]


def test_a_plain_ipykernel_works_after_open_workbench(kernel_environment: dict[str, str], tmp_path: Path) -> None:
    connection = tmp_path / "connection.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "ipykernel_launcher", "-f", str(connection)],
        env=kernel_environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    client = BlockingKernelClient(connection_file=str(connection))
    try:
        _wait_for(connection)
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        texts = [_run(client, code) for code in CELLS]
    finally:
        client.stop_channels()
        process.kill()
        process.wait()

    assert texts == ["", "22", "22", "22"]


def test_a_broken_configuration_shows_in_the_first_cell(start_kernel: Any) -> None:
    kernel = start_kernel(DATABASE_URL="nonsense")

    first, second = kernel.run_all(["1 + 1", "2 + 2"])

    assert "TITAN could not be loaded into this kernel" in first.text
    assert "DATABASE_URL" in first.text
    assert "Traceback" not in first.text
    assert (second.error, second.text) == ("", "4")


def test_two_kernels_may_start_on_one_empty_home_at_once(start_kernel: Any, tmp_path: Path) -> None:
    kernels = [start_kernel(TITAN_HOME=str(tmp_path / "fresh")) for _ in range(2)]

    sent = [kernel.send("from services.workbench import open_workbench\nopen_workbench()") for kernel in kernels]
    cells = [
        kernel.collect([cell], deadline=time.monotonic() + 60)[0] for kernel, cell in zip(kernels, sent, strict=True)
    ]

    assert [cell.error for cell in cells] == ["", ""]


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (file.exists() and file.read_text().strip().endswith("}")):
        time.sleep(0.1)


def _run(client: BlockingKernelClient, code: str) -> str:
    texts: list[str] = []

    def keep(message: dict[str, Any]) -> None:
        if message["msg_type"] == "execute_result":
            texts.append(message["content"]["data"]["text/plain"])
        elif message["msg_type"] == "error":
            texts.append(message["content"]["evalue"])

    client.execute_interactive(code, timeout=60, output_hook=keep)
    return "".join(texts)
