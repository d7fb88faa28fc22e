"""One private event loop on one daemon thread per process owns every loop-bound resource.

The contract between the threads:

* A *sync caller* (`Bridge.call`) blocks, and while it blocks it lends its own thread for the ORM steps of its
call: they run in its
  transaction, on its connection, inside its test rollback. The blocked thread is the worker, so nothing can deadlock.
* An *async caller* (`Bridge.acall`) hops to the owner loop and awaits; ORM steps then run on one persistent thread
per process.
* Ctrl-C and timeouts cancel the remote work and wait until it has unwound: transactions are rolled back before the
caller goes on.
* After a fork nothing of the parent is used: the child makes its own loop, pools and database connections.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import contextvars
import functools
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext
from django.db import close_old_connections, connections

from django_site.env import async_unsafe_is_allowed
from services.executors import CallerExecutor, SerialThread

__all__ = ["Bridge", "bridge", "in_orm_thread"]

P = ParamSpec("P")
R = TypeVar("R")

_GRACE = 5.0
_SLICE = 0.1


_orm_executor: contextvars.ContextVar[concurrent.futures.Executor] = contextvars.ContextVar("titan_orm_executor")


async def in_orm_thread(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one database step where the current call may touch the ORM; on cancellation wait until it has unwound."""
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(_orm_executor.get(), functools.partial(fn, *args, **kwargs))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait({future})
        raise


class Bridge:
    """The owner of the private loop; `bridge` below is the one of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._pid = -1
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._orm: SerialThread | None = None
        self._resources: dict[str, tuple[Any, Callable[[Any], Awaitable[None]]]] = {}
        self._openings: dict[str, asyncio.Lock] = {}

    def _ensure(self) -> tuple[asyncio.AbstractEventLoop, SerialThread]:
        if self._pid == os.getpid() and self._loop is not None and self._orm is not None:
            return self._loop, self._orm
        with self._lock:
            if self._pid != os.getpid():
                self._forget()
                loop = asyncio.new_event_loop()
                orm = SerialThread("titan-orm")
                thread = threading.Thread(target=_run_loop, args=(loop,), name="titan-loop", daemon=True)
                thread.start()
                self._loop, self._orm, self._thread = loop, orm, thread
                self._pid = os.getpid()
            assert self._loop is not None
            assert self._orm is not None
            return self._loop, self._orm

    async def resource(self, key: str, opener: Callable[[], Awaitable[R]], closer: Callable[[R], Awaitable[None]]) -> R:
        """The process's one resource of that key, opened on the owner loop at first use, closed at exit."""
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError("resources live on the owner loop; call the public method of a service instead")
        async with self._openings.setdefault(key, asyncio.Lock()):
            if key not in self._resources:
                self._resources[key] = (await opener(), closer)
            value: R = self._resources[key][0]
            return value

    def _start(
        self,
        loop: asyncio.AbstractEventLoop,
        executor: concurrent.futures.Executor,
        operation: Callable[[], Awaitable[R]],
        timeout: float | None,
    ) -> tuple[concurrent.futures.Future[R], Callable[[], None]]:
        """Start ``operation`` on the owner loop in a copy of the caller's context.

        Returns a future that settles only when the task has really ended, and a function that asks the task to stop.
        """
        settled: concurrent.futures.Future[R] = concurrent.futures.Future()
        settled.set_running_or_notify_cancel()
        tasks: list[asyncio.Task[R]] = []

        async def main() -> R:
            _orm_executor.set(executor)
            async with ThreadSensitiveContext(executor=executor), asyncio.timeout(timeout):
                return await operation()

        def finish(task: asyncio.Task[R]) -> None:
            if task.cancelled():
                settled.set_exception(concurrent.futures.CancelledError())
            elif (error := task.exception()) is not None:
                settled.set_exception(error)
            else:
                settled.set_result(task.result())

        def start() -> None:
            tasks.append(loop.create_task(main()))
            tasks[0].add_done_callback(finish)

        def cancel() -> None:
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])

        loop.call_soon_threadsafe(start)
        return settled, cancel

    def call(self, operation: Callable[[], Coroutine[Any, Any, R]], *, timeout: float | None = None) -> R:
        """Run ``operation()`` on the owner loop and block until it is done.

        Raises
        ------
        RuntimeError
            When called on the owner loop itself: waiting there would be waiting for oneself.
        TimeoutError
            After ``timeout`` seconds; the work has been cancelled and has unwound.
        """
        loop, orm = self._ensure()
        me = threading.current_thread()
        if me is self._thread:
            raise RuntimeError(
                "a _sync twin was called on the service loop, where it would wait for itself: await the coroutine"
            )
        lend = not _in_running_loop() or async_unsafe_is_allowed() or me is orm.thread
        executor: concurrent.futures.Executor = CallerExecutor() if lend else orm
        mine = _open_connections() if lend else set()  # also makes the wrappers in the caller's own context
        future, cancel = self._start(loop, executor, operation, timeout)
        try:
            _wait(future, executor, None)
            return future.result()
        except BaseException:
            if not future.done():
                cancel()
                _wait(future, executor, _GRACE)
            raise
        finally:
            if isinstance(executor, CallerExecutor):
                executor.close()
                if me is not threading.main_thread():
                    _close_connections(keep=mine)

    async def acall(self, operation: Callable[[], Coroutine[Any, Any, R]], *, timeout: float | None = None) -> R:
        """Await ``operation()`` from any loop; on the owner loop it is awaited directly.

        The wait is cut in short slices, so that an interrupt reaches an ``await`` in a notebook cell.
        """
        loop, orm = self._ensure()
        if asyncio.get_running_loop() is loop:
            async with asyncio.timeout(timeout):
                return await operation()
        orm.submit(close_old_connections)
        future, cancel = self._start(loop, orm, operation, timeout)
        waiting = asyncio.wrap_future(future)
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=_SLICE)
        except BaseException:
            cancel()
            await asyncio.wait({waiting}, timeout=_GRACE)
            if waiting.done():
                waiting.exception()  # the caller gets the interrupt; the outcome has been looked at
            raise
        return waiting.result()

    def close(self) -> None:
        """Close resources, cancel what still runs, close the loop and the ORM thread; the next call starts anew."""
        with self._lock:
            if self._pid != os.getpid() or self._loop is None or self._thread is None or self._orm is None:
                self._forget()
                return
            loop, thread, orm = self._loop, self._thread, self._orm
            if thread is threading.current_thread():
                raise RuntimeError("the bridge cannot be closed from its own loop")
            with contextlib.suppress(TimeoutError):  # a computation that nobody waits for may still be running
                asyncio.run_coroutine_threadsafe(self._shutdown(), loop).result(_GRACE)
            orm.close()
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_GRACE)
            self._forget()

    async def _shutdown(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._resources:
            _, (value, closer) = self._resources.popitem()
            await closer(value)
        await asyncio.get_running_loop().shutdown_default_executor()


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _in_running_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _open_connections() -> set[str]:
    return {connection.alias for connection in connections.all() if connection.connection is not None}


def _close_connections(*, keep: set[str]) -> None:
    """Close what a call opened on a thread that may never come back; nobody else would."""
    for connection in connections.all(initialized_only=True):
        if connection.alias not in keep and not connection.in_atomic_block:
            connection.close()


def _wait(future: concurrent.futures.Future[Any], executor: concurrent.futures.Executor, timeout: float | None) -> None:
    if isinstance(executor, CallerExecutor):
        executor.serve_until(future, timeout=timeout)
    else:
        concurrent.futures.wait({future}, timeout=timeout)


bridge = Bridge()
_abandoned: list[Any] = []


def _after_fork_in_child() -> None:
    """Drop the parent's loop and connections without closing the sockets that the parent still uses."""
    bridge._lock = threading.Lock()
    bridge._forget()
    for connection in connections.all(initialized_only=True):
        _abandoned.append(connection.connection)
        connection.connection = None


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(bridge.close)
