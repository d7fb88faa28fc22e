"""open_workbench(): one object whose tab completion is the documentation."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from django_site.boot import setup

if TYPE_CHECKING:
    from services.backtest import BacktestService
    from services.market_data import MarketDataService
    from services.pair_analysis import PairAnalysisService
    from services.parameters import ParameterService
    from services.regime_detection import RegimeDetectionService
    from services.reports import ReportService
    from services.run_history import RunService
    from services.signal_generation import SignalGenerationService
    from titan_research.causality import CertificateResult

__all__ = ["Workbench", "open_workbench"]


class Workbench:
    """The doors of TITAN in one place: ``titan.pairs.test_pair_sync("KO", "PEP")``.

    Every operation is a coroutine ``x`` (use it with ``await``) with a blocking twin ``x_sync``.
    """

    def __init__(self, *, source: str) -> None:
        self._source = source

    @functools.cached_property
    def market(self) -> MarketDataService:
        """Prices: ingest, read, health, universes."""
        from services.market_data import MarketDataService

        return MarketDataService(source=self._source)

    @functools.cached_property
    def pairs(self) -> PairAnalysisService:
        """Pairs: scan, test, stability, trading pairs."""
        from services.pair_analysis import PairAnalysisService

        return PairAnalysisService(source=self._source)

    @functools.cached_property
    def backtests(self) -> BacktestService:
        """Backtests: run, list, compare, cost stress."""
        from services.backtest import BacktestService

        return BacktestService(source=self._source)

    @functools.cached_property
    def regimes(self) -> RegimeDetectionService:
        """Regimes: detect, shifts, current."""
        from services.regime_detection import RegimeDetectionService

        return RegimeDetectionService(source=self._source)

    @functools.cached_property
    def signals(self) -> SignalGenerationService:
        """Signals: generate, active, history."""
        from services.signal_generation import SignalGenerationService

        return SignalGenerationService(source=self._source)

    @functools.cached_property
    def parameters(self) -> ParameterService:
        """Parameters: optimise, walk forward, by regime, keep."""
        from services.parameters import ParameterService

        return ParameterService(source=self._source)

    @functools.cached_property
    def reports(self) -> ReportService:
        """Reports: render, list, gallery."""
        from services.reports import ReportService

        return ReportService(source=self._source)

    @functools.cached_property
    def runs(self) -> RunService:
        """Runs: list, show, load, reproduce, trials."""
        from services.run_history import RunService

        return RunService(source=self._source)

    def audit_sync(self, *, seed: int = 7) -> CertificateResult:
        """Prove the absence of look-ahead: every causal function and the pipelines, with the future cut off and
        garbled.
        """
        return self.runs.audit_sync(seed=seed)

    def progress(self, label: str = "") -> Callable[[int, int], None]:
        """A progress bar for any ``progress=`` argument; plain text where nobody watches a widget."""
        from services.progress_bar import progress_bar

        return progress_bar(label)

    def record(self, **metrics: Any) -> None:
        """Leave numbers with the notebook that shows them: a report publishes them as JSON beside its page."""
        from IPython.display import display

        from titan_research.results import json_value

        shown = ", ".join(metrics)
        display(
            {"application/vnd.titan.metrics+json": json_value(metrics), "text/plain": f"recorded: {shown}"}, raw=True
        )

    def table(self, rows: Iterable[Any]) -> Any:
        """Any results or rows as one DataFrame."""
        import pandas as pd

        return pd.concat([row.to_frame() for row in rows], ignore_index=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store, the service loop and its thread; the next call opens them again."""
        from services.bridge import bridge

        bridge.close()

    def __repr__(self) -> str:
        doors = "market pairs backtests regimes signals parameters reports runs"
        return f"<TITAN workbench: {' '.join('.' + door for door in doors.split())}>"


def open_workbench() -> Workbench:
    """The workbench of this process, ready to use in a script, a notebook, papermill or nbval.

    Sets Django up, makes the embedded database at first use, and in a Jupyter kernel boots what cells need. Calling it
    again is free.
    """
    setup()
    in_kernel = "ipykernel" in sys.modules and _shell() is not None
    if in_kernel:
        from services.kernel import boot

        boot(_shell())
    from services.readiness import ensure_database

    ensure_database()
    return _workbench("notebook" if in_kernel else "script", os.getpid())


@functools.lru_cache(maxsize=4)
def _workbench(source: str, pid: int) -> Workbench:
    return Workbench(source=source)


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()
