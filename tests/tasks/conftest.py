"""A real Redis and a real Celery worker on the files of this test process."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(happened: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"nothing happened within {seconds} seconds")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis server that belongs to this module."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(answers, seconds=15)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        _end(process)


@contextmanager
def celery_worker(log: Path, environment: dict[str, str]) -> Iterator[None]:
    """A real prefork worker, ready when the block begins and gone when it ends."""
    command = [sys.executable, "-m", "celery", "-A", "django_site.celery", "worker", "--concurrency=1", "-l", "INFO"]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=stream, stderr=stream)
        try:
            wait_for(lambda: b" ready." in log.read_bytes() or process.poll() is not None)
            assert process.poll() is None, log.read_text()[-2_000:]
            yield
        finally:
            _end(process)


@pytest.fixture
def worker(broker: str, transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The URL of a broker whose queue a real worker works off."""
    with celery_worker(tmp_path / "worker.log", {**os.environ, "CELERY_BROKER_URL": broker}):
        yield broker


@pytest.fixture
def publish_from_a_server() -> Callable[..., float]:
    """Submit runs from a process that has this broker configured; returns the seconds that it took."""
    code = (
        "import sys, time\n"
        "from django_site.boot import setup\n"
        "setup()\n"
        "from django_site.trading.dispatch import submit\n"
        "begun = time.perf_counter()\n"
        "for run_id in sys.argv[1:]:\n"
        "    submit(int(run_id))\n"
        "sys.stdout.write(str(time.perf_counter() - begun))\n"
    )

    def publish(broker: str, *run_ids: int) -> float:
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, run_ids)],
            cwd=REPOSITORY,
            env={**os.environ, "CELERY_BROKER_URL": broker},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return float(done.stdout)

    return publish
