"""The bridge between sync callers, async callers and the one private loop."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from services.base import BaseService, operation, sync_wrap
from services.bridge import Bridge, bridge, in_orm_thread
from titan_research.errors import InvalidInput

pytestmark = pytest.mark.django_db


class Echo(BaseService):
    """Operations that show where they ran."""

    @operation
    async def double(self, value: int, *, wait: float = 0.0) -> int:
        """Twice the value."""
        await asyncio.sleep(wait)
        return 2 * value

    @operation
    async def orm_thread(self) -> str:
        return await self._db(lambda: threading.current_thread().name)

    @operation
    async def count_users(self) -> int:
        return await self._db(_count_users)

    @operation
    async def refuse(self) -> None:
        raise InvalidInput("expected something else")

    @operation
    async def nested(self, value: int) -> int:
        return await self.double(value) + 1

    @operation
    async def step(self, work: Any) -> Any:
        return await self._db(work)

    double_sync = sync_wrap(double)
    orm_thread_sync = sync_wrap(orm_thread)
    count_users_sync = sync_wrap(count_users)
    refuse_sync = sync_wrap(refuse)
    nested_sync = sync_wrap(nested)
    step_sync = sync_wrap(step)


def _count_users() -> int:
    from django.contrib.auth.models import User

    return User.objects.count()


def test_a_twin_keeps_the_name_the_signature_and_the_documentation() -> None:
    import inspect

    assert Echo.double_sync.__name__ == "double_sync"
    assert Echo.double_sync.__doc__ == "Twice the value."
    assert str(inspect.signature(Echo.double_sync)) == str(inspect.signature(Echo.double))
    assert not inspect.iscoroutinefunction(Echo.double_sync)


def test_a_sync_caller_lends_its_own_thread_and_so_its_transaction() -> None:
    from django.contrib.auth.models import User

    User.objects.create_user("inside-the-test-transaction")

    assert Echo().orm_thread_sync() == threading.current_thread().name
    assert Echo().count_users_sync() == 1


@pytest.mark.django_db(transaction=True)
def test_an_async_caller_hops_and_orm_steps_run_on_one_persistent_thread() -> None:
    async def main() -> list[str]:
        return list(await asyncio.gather(*(Echo().orm_thread() for _ in range(5))))

    assert set(asyncio.run(main())) == {"titan-orm"}


@pytest.mark.django_db(transaction=True)
def test_a_twin_inside_a_running_loop_works() -> None:
    async def main() -> tuple[int, int]:
        return Echo().double_sync(4), Echo().count_users_sync()

    assert asyncio.run(main()) == (8, 0)


def test_operations_call_each_other_without_leaving_the_loop() -> None:
    assert Echo().nested_sync(3) == 7


def test_eight_threads_share_the_loop() -> None:
    service = Echo()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(service.double_sync, range(64))) == [2 * value for value in range(64)]


@pytest.mark.django_db(transaction=True)
def test_a_call_on_a_thread_leaves_no_database_connection_behind() -> None:
    from django.db import connection

    def ask() -> tuple[bool, bool]:
        Echo().count_users_sync()
        after_own = connection.connection is None
        _count_users()
        Echo().count_users_sync()
        kept = connection.connection is not None
        connection.close()
        return after_own, kept

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask).result() == (True, True)


def test_a_thousand_calls_leave_no_thread_behind() -> None:
    service = Echo()
    service.double_sync(1)
    before = threading.active_count()
    for value in range(1_000):
        service.double_sync(value)
    assert threading.active_count() == before


def test_an_error_keeps_its_type_and_message() -> None:
    with pytest.raises(InvalidInput, match="expected something else"):
        Echo().refuse_sync()


def test_a_timeout_cancels_and_leaves_the_bridge_usable() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        Echo().run_async(Echo().double, 1, wait=30, timeout=0.1)
    assert time.monotonic() - started < 2
    assert Echo().double_sync(2) == 4


def test_a_twin_called_on_the_service_loop_refuses_instead_of_deadlocking() -> None:
    async def inside() -> int:
        return Echo().double_sync(1)

    with pytest.raises(RuntimeError, match="await the coroutine"):
        bridge.call(inside)


def test_context_flows_in_and_not_out() -> None:
    mark: contextvars.ContextVar[str] = contextvars.ContextVar("mark", default="unset")
    mark.set("caller")

    async def read_and_write() -> str:
        seen = mark.get()
        mark.set("coroutine")
        return seen

    assert bridge.call(read_and_write) == "caller"
    assert mark.get() == "caller"


def test_an_interrupt_in_a_database_step_reaches_the_caller_and_the_next_call_works() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Echo().step_sync(interrupted)
    assert Echo().double_sync(5) == 10


def test_an_interrupt_cancels_the_remote_work_and_waits_for_it() -> None:
    unwound = threading.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            unwound.set()

    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        bridge.call(long)
    assert unwound.is_set()


def test_a_cancelled_call_still_finishes_its_database_step() -> None:
    steps: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            await in_orm_thread(steps.append, "cleaned up")

    with pytest.raises(TimeoutError):
        bridge.call(work, timeout=0.1)
    assert steps == ["cleaned up"]


def test_a_resource_is_opened_once_and_closed_once() -> None:
    own, events = Bridge(), []

    async def opener() -> str:
        events.append("open")
        await asyncio.sleep(0.01)
        return "resource"

    async def closer(_: str) -> None:
        events.append("close")

    async def use() -> list[str]:
        return list(await asyncio.gather(*(own.resource("one", opener, closer) for _ in range(5))))

    assert own.call(use) == ["resource"] * 5
    own.close()
    own.close()
    assert events == ["open", "close"]
    assert own.call(use) == ["resource"] * 5
    own.close()


def test_a_resource_of_another_loop_is_refused() -> None:
    async def main() -> None:
        await bridge.resource("any", lambda: asyncio.sleep(0), lambda _: asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="owner loop"):
        asyncio.run(main())


def test_a_forked_child_makes_its_own_loop_and_connections(sample_prices: tuple[str, ...]) -> None:
    from services import MarketDataService

    parent = MarketDataService().symbols_sync()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = b"failed"
        try:
            signal.alarm(20)
            answer = ",".join(MarketDataService().symbols_sync()).encode()
        finally:
            os.write(writer, answer)
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert tuple(pipe.read().split(",")) == parent
    os.waitpid(pid, 0)
    assert MarketDataService().symbols_sync() == parent


SCRIPT = """
import asyncio, threading
import services
from services import MarketDataService, PairAnalysisService
from services.ingestion import sample_plan
from services.translation import register_instruments
from services.readiness import ensure_database

ensure_database()
service = PairAnalysisService()
{body}
"""

BODIES = {
    "script": "print(service.test_pair_sync('KO', 'PEP', '2015-01-01').statistic)",
    "running loop": """
async def main():
    awaited = await service.test_pair('KO', 'PEP', '2015-01-01')
    return awaited.statistic, service.test_pair_sync('KO', 'PEP', '2015-01-01').statistic
first, second = asyncio.run(main())
assert first == second
print(first)
""",
    "threads": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    found = set(pool.map(lambda _: service.test_pair_sync('KO', 'PEP', '2015-01-01').statistic, range(16)))
assert len(found) == 1
print(found.pop())
""",
    "context manager": """
with service as opened:
    print(opened.test_pair_sync('KO', 'PEP', '2015-01-01').statistic)
service.cleanup_sync(); service.cleanup_sync()
""",
}


@pytest.mark.parametrize("place", BODIES)
def test_the_twins_work_in_a_process_of_their_own_and_it_exits_cleanly(
    place: str, sample_market: list[Any], titan_home: Any, tmp_path: Any
) -> None:
    market = tmp_path / "market.db"
    with closing(sqlite3.connect(titan_home / "sample.db")) as source, closing(sqlite3.connect(market)) as target:
        source.backup(target)
    environment = {
        **os.environ,
        "TITAN_HOME": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'titan.db'}",
        "MARKET_DATA_URL": f"sqlite:///{market}",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT.format(body=textwrap.dedent(BODIES[place]))],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert float(done.stdout) == pytest.approx(-3.907009, abs=2.0)
