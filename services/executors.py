"""Where the database steps of a call run: on the thread that waits for it, or on one thread of their own."""

from __future__ import annotations

import concurrent.futures
import functools
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.db import connections

__all__ = ["CallerExecutor", "CallerGone", "SerialThread"]

P = ParamSpec("P")
R = TypeVar("R")

_JOIN = 5.0


class CallerGone(RuntimeError):
    """The thread that lent itself was interrupted before this step could run."""


class CallerExecutor(concurrent.futures.Executor):
    """Runs the ORM steps of one call on the thread that waits for it."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[R]:
        future: concurrent.futures.Future[R] = concurrent.futures.Future()
        with self._lock:
            if self._closed:
                future.set_exception(CallerGone("the calling thread was interrupted"))
            else:
                self._queue.put(functools.partial(_run_step, future, functools.partial(fn, *args, **kwargs)))
        return future

    def serve_until(self, done: concurrent.futures.Future[Any], *, timeout: float | None = None) -> None:
        """Run steps until ``done`` is settled (or ``timeout`` seconds have passed)."""
        deadline = None if timeout is None else time.monotonic() + timeout
        done.add_done_callback(lambda _: self._queue.put(None))
        while True:
            try:
                step = self._queue.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            if step is None:
                return
            step()

    def close(self) -> None:
        """Refuse further steps; those still waiting fail with CallerGone."""
        with self._lock:
            self._closed = True
        while not self._queue.empty():
            step = self._queue.get()
            if isinstance(step, functools.partial):
                step.args[0].set_exception(CallerGone("the calling thread was interrupted"))


def _run_step(future: concurrent.futures.Future[R], step: Callable[[], R]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = step()
    except Exception as error:  # noqa: BLE001 - belongs to the coroutine that awaits the step
        future.set_exception(error)
    except BaseException as error:
        future.set_exception(CallerGone(repr(error)))
        raise
    else:
        future.set_result(result)


class SerialThread(concurrent.futures.Executor):
    """One daemon thread that runs steps in order; it can still be used while the interpreter exits."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while (step := self._queue.get()) is not None:
            step()
            del step
        connections.close_all()

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> concurrent.futures.Future[R]:
        future: concurrent.futures.Future[R] = concurrent.futures.Future()
        self._queue.put(functools.partial(_run_step, future, functools.partial(fn, *args, **kwargs)))
        return future

    def close(self) -> None:
        self._queue.put(None)
        self.thread.join(_JOIN)
