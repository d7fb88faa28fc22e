"""Real kernels: started as JupyterLab starts them, talked to over their sockets, in a home of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

TITAN = Path(sys.executable).with_name("titan")
OURS = ("TITAN_", "DJANGO_", "DATABASE_URL", "MARKET_DATA_URL", "CELERY_", "JPY_", "PYTHONPATH", "PYTEST_")


@dataclass
class Cell:
    """What came back from one cell."""

    text: str = ""
    error: str = ""
    status: str = ""
    seconds: float = 0.0
    outputs: list[dict[str, Any]] = field(default_factory=list)


class Kernel:
    """One running kernel and its client."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager | None = None) -> None:
        self.client = client
        self.manager = manager

    def run(self, code: str, *, timeout: float = 60) -> Cell:
        """Run one cell and wait for it."""
        return self.run_all([code], timeout=timeout)[0]

    def run_all(self, codes: list[str], *, timeout: float = 60) -> list[Cell]:
        """Send all cells at once, as "Run All" does, and wait for all of them."""
        started = time.monotonic()
        return self.collect([self.send(code) for code in codes], deadline=started + timeout)

    def send(self, code: str) -> str:
        identity: str = self.client.execute(code, store_history=True, stop_on_error=False)
        return identity

    def collect(self, identities: list[str], *, deadline: float) -> list[Cell]:
        """Read messages until every cell is idle; a cell that never ran keeps an empty status."""
        started = time.monotonic()
        cells = {identity: Cell() for identity in identities}
        waiting = set(identities)
        while waiting and time.monotonic() < deadline:
            message = _next_message(self.client)
            identity = (message or {}).get("parent_header", {}).get("msg_id")
            if message is None or identity not in cells:
                continue
            cell, kind, content = cells[identity], message["msg_type"], message["content"]
            if kind == "stream":
                cell.text += content["text"]
            elif kind in ("execute_result", "display_data"):
                cell.text += content["data"].get("text/plain", "")
                cell.outputs.append(content["data"])
            elif kind == "error":
                cell.error = f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle":
                cell.seconds = time.monotonic() - started
                cell.status = "error" if cell.error else "ok"
                waiting.discard(identity)
        return [cells[identity] for identity in identities]

    def interrupt(self) -> None:
        assert self.manager is not None
        self.manager.interrupt_kernel()


def _next_message(client: BlockingKernelClient) -> dict[str, Any] | None:
    import queue

    try:
        message: dict[str, Any] = client.get_iopub_msg(timeout=0.5)
    except queue.Empty:
        return None
    return message


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """The environment of a person who has set nothing."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


@pytest.fixture(scope="session")
def kernel_home(tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]) -> Path:
    """A home with the sample in it, for all kernels of this test process."""
    home = tmp_path_factory.mktemp("kernel") / "home"
    environment = {**clean_environment, "TITAN_HOME": str(home)}
    for arguments in (["init"], ["ingest", "sample"]):
        subprocess.run([str(TITAN), *arguments], env=environment, check=True, capture_output=True, timeout=120)
    return home


@pytest.fixture(scope="session")
def kernel_environment(kernel_home: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    return {**clean_environment, "TITAN_HOME": str(kernel_home)}


StartKernel = Callable[..., Kernel]


@contextlib.contextmanager
def _running(environment: Mapping[str, str], cwd: Path) -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="titan")
    manager.start_kernel(env=dict(environment), cwd=str(cwd), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=90)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def start_kernel(kernel_environment: dict[str, str], tmp_path: Path) -> Iterator[StartKernel]:
    """A function that starts a kernel ``titan`` far from the repository; all are stopped after the test."""
    with ExitStack() as stack:

        def start(**variables: str) -> Kernel:
            return stack.enter_context(_running({**kernel_environment, **variables}, tmp_path))

        yield start


@pytest.fixture(scope="module")
def kernel(kernel_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for the tests of a module that leave it as they found it."""
    with _running(kernel_environment, tmp_path_factory.mktemp("cwd")) as running:
        first = running.run("from services.workbench import open_workbench\ntitan = open_workbench()")
        assert first.status == "ok", first.error
        yield running
