"""Progress and cancellation of one piece of work, shared between the thread that computes and those that watch."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Progress", "WorkCancelled"]


class WorkCancelled(BaseException):
    """Raised inside a computation that nobody waits for any more; not an error of the computation."""


class Progress:
    """Called by the core as ``progress(done, total)``; stops the computation once `cancel` was called."""

    def __init__(self, watcher: Callable[[int, int], None] | None = None) -> None:
        self._watcher = watcher
        self._cancelled = threading.Event()
        self.done = 0
        self.total = 0

    def __call__(self, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise WorkCancelled
        self.done, self.total = done, total
        if self._watcher is not None:
            self._watcher(done, total)

    def cancel(self) -> None:
        self._cancelled.set()
