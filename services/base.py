"""BaseService: the async/sync bridge, the market store and the recording of runs, shared by all services."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

from django.conf import settings

from services import runs
from services.bridge import bridge, in_orm_thread
from services.progress import Progress, WorkCancelled
from services.requests.base import Need, Request
from titan_research.errors import ComputationFailed, TitanError
from titan_research.panel import Panel
from titan_research.results import FrameResult, Result
from titan_research.store.manager import DatabaseManager
from titan_research.store.snapshots import SnapshotStore
from titan_research.types import RunStatus

__all__ = ["BaseService", "Watcher", "operation", "sync_wrap"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="BaseService")
Watcher = Callable[[int, int], None] | None

_HEARTBEAT = 1.0
_UNWIND = 0.5

logger = logging.getLogger(__name__)


def operation(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Mark a public coroutine of a service: awaited from any loop, it runs on the owner loop of the bridge."""

    @functools.wraps(method)
    async def hop(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        return await bridge.acall(functools.partial(method, self, *args, **kwargs))

    return cast(Callable[Concatenate[S, P], Coroutine[Any, Any, R]], hop)


def sync_wrap(method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]]) -> Callable[Concatenate[S, P], R]:
    """The blocking twin of an `operation`: same signature, same documentation, works with or without a running loop."""
    inner = cast(Callable[..., Coroutine[Any, Any, R]], inspect.unwrap(method))

    @functools.wraps(inner)
    def twin(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        return bridge.call(functools.partial(inner, self, *args, **kwargs))

    twin.__name__ = f"{inner.__name__}_sync"
    twin.__qualname__ = f"{inner.__qualname__}_sync"
    twin.__signature__ = inspect.signature(inner)  # type: ignore[attr-defined]
    del twin.__wrapped__
    return cast(Callable[Concatenate[S, P], R], twin)


class BaseService:
    """What all services share. Cheap to make; resources are opened at first use and shared by the whole process.

    Parameters
    ----------
    owner_id : the user whose runs these are; None = shared with everybody who may log in
    source : the door that asks ("script", "notebook", "cli", "api", "worker"), written to the run
    """

    def __init__(self, *, owner_id: int | None = None, source: str = "script") -> None:
        self.owner_id = owner_id
        self.source = source

    async def initialize(self) -> None:
        """Open the market store now instead of at first use; may be called any number of times."""
        await bridge.acall(self._market)

    async def cleanup(self) -> None:
        """Nothing is held by one service alone; `close_shared_resources` closes what the process shares."""

    initialize_sync = sync_wrap(initialize)
    cleanup_sync = sync_wrap(cleanup)

    async def __aenter__(self) -> Self:
        await self.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cleanup()

    def __enter__(self) -> Self:
        self.initialize_sync()
        return self

    def __exit__(self, *_: object) -> None:
        self.cleanup_sync()

    def run_async(
        self, method: Callable[..., Coroutine[Any, Any, R]], *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> R:
        """Run any coroutine function on the owner loop and block; after ``timeout`` seconds the work is cancelled."""
        return bridge.call(functools.partial(method, *args, **kwargs), timeout=timeout)

    async def _db(self, step: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one plain function that owns its transaction, on the thread that may touch the ORM."""
        return await in_orm_thread(step, *args, **kwargs)

    async def _cpu(self, compute: Callable[[Progress], R], progress: Progress) -> R:
        """Compute in a thread; when cancelled, tell the computation and wait until it has stopped."""
        work = asyncio.ensure_future(asyncio.to_thread(compute, progress))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            progress.cancel()
            await asyncio.wait({work}, timeout=_UNWIND)
            if work.done():
                work.exception()
            raise
        except WorkCancelled:
            raise ComputationFailed(
                "the run was cancelled while it was computing; ask again to start it anew"
            ) from None

    async def _market(self) -> DatabaseManager:
        url = settings.TITAN["MARKET_DATA_URL"]

        async def opener() -> DatabaseManager:
            manager = DatabaseManager.from_url(url)
            await manager.initialize()
            return manager

        return await bridge.resource(f"market {url}", opener, DatabaseManager.close)

    async def _panels(self, needs: Iterable[Need]) -> tuple[Panel, ...]:
        manager = await self._market()
        return tuple(
            [
                await manager.read_panel(
                    need.symbols, field=need.field, interval=need.interval, start=need.start, end=need.end
                )
                for need in needs
            ]
        )

    async def _perform(self, request: Request[R], watcher: Watcher = None) -> R:
        """Answer a request: the stored result if this very question was answered before, else compute and record."""
        panels = await self._panels(request.needs())
        run = await self._db(runs.open_run, request, panels, owner_id=self.owner_id, source=self.source)
        return await self._finish(run, request, panels, watcher)

    async def _enqueue(self, request: Request[R]) -> runs.RunState:
        """Record a request as a queued run (or find the finished one) without computing."""
        panels = await self._panels(request.needs())
        run = await self._db(runs.open_run, request, panels, owner_id=self.owner_id, source=self.source)
        return await self._db(runs.requeue, run.id)

    async def _execute(self, run_id: int, watcher: Watcher = None) -> runs.RunState:
        """Work off a queued run; a run that somebody else claimed is left to them."""
        request = await self._db(runs.load_request, run_id)
        panels = await self._panels(request.needs())
        state = await self._db(runs.check_unchanged, run_id, request, panels)
        if state.status in (RunStatus.QUEUED, RunStatus.RUNNING) and await self._db(runs.claim, run_id):
            await self._compute(state, request, panels, watcher)
        return await self._db(runs.state, run_id)

    async def _finish(self, run: runs.RunState, request: Request[R], panels: tuple[Panel, ...], watcher: Watcher) -> R:
        while not run.is_done:
            if await self._db(runs.claim, run.id):
                return await self._compute(run, request, panels, watcher)
            await asyncio.sleep(0.2)
            run = await self._db(runs.state, run.id)
        return await self._db(runs.load_result, run.id, request)

    async def _compute(self, run: runs.RunState, request: Request[R], panels: tuple[Panel, ...], watcher: Watcher) -> R:
        progress = Progress(watcher)
        heartbeat = asyncio.create_task(self._heartbeat(run.id, progress))
        try:
            result = await self._cpu(lambda report: request.compute(panels, report), progress)
            if not isinstance(result, Result | FrameResult):
                raise ComputationFailed(f"{request.job}: expected a result, received {type(result).__name__}")
            heartbeat.cancel()
            await asyncio.to_thread(_keep_snapshots, panels)
            await self._db(runs.finish, run.id, request, result)
            return cast(R, result)
        except asyncio.CancelledError:
            await self._close_run(run.id, runs.cancelled, "cancelled by the caller")
            raise
        except TitanError as error:
            await self._close_run(run.id, runs.failed, str(error))
            raise
        except Exception as error:
            logger.exception("run %s failed", run.id)
            await self._close_run(run.id, runs.failed, f"{type(error).__name__}: {error}")
            raise
        finally:
            heartbeat.cancel()

    async def _close_run(self, run_id: int, step: Callable[[int, str], None], message: str) -> None:
        with contextlib.suppress(
            RuntimeError
        ):  # the lending thread may be gone; the heartbeat's age then tells the truth
            await self._db(step, run_id, message)

    async def _heartbeat(self, run_id: int, progress: Progress) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT)
            if not await self._db(runs.beat, run_id, progress.done, progress.total):
                progress.cancel()
                return


def _keep_snapshots(panels: tuple[Panel, ...]) -> None:
    store = SnapshotStore(settings.TITAN["SNAPSHOTS"])
    for panel in panels:
        store.save(panel)
