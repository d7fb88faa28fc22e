"""The only place where services are chained: the demo, the nightly job, reports from a question."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine
from typing import Any

import pandas as pd

from services.backtest import BacktestService
from services.base import BaseService, operation, sync_wrap
from services.market_data import MarketDataService
from services.pair_analysis import PairAnalysisService
from services.parameters import ParameterService
from services.regime_detection import RegimeDetectionService
from services.reports import ReportResult, ReportService
from services.requests.backtest import BacktestRequest
from services.requests.base import Request, iso_date
from services.requests.pair_test import PairTestRequest
from services.requests.stability import StabilityRequest
from services.run_history import RunService
from services.signal_generation import SignalGenerationService
from titan_research.errors import InvalidInput, InvalidParameters
from titan_research.results import FrameResult

__all__ = ["DemoResult", "Pipeline"]

Steps = Callable[[str, int, int], None] | None
_N_BEST = 5


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class DemoResult(FrameResult):
    """What the demo found, and where its reports are."""

    n_tests: int
    n_significant: int
    expected_false: float
    n_survivors: int
    pairs_by_rank: bool
    regime: str
    audit_passed: bool
    audit_checks: int
    gallery: str
    pairs: pd.DataFrame
    walk_forward: pd.DataFrame
    signals: pd.DataFrame
    reports: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The pairs that were traded, with their backtests."""
        return self.pairs


class Pipeline(BaseService):
    """Chains of services."""

    def __init__(self, *, owner_id: int | None = None, source: str = "script") -> None:
        super().__init__(owner_id=owner_id, source=source)
        self.market = MarketDataService(owner_id=owner_id, source=source)
        self.pairs = PairAnalysisService(owner_id=owner_id, source=source)
        self.backtests = BacktestService(owner_id=owner_id, source=source)
        self.regimes = RegimeDetectionService(owner_id=owner_id, source=source)
        self.signals = SignalGenerationService(owner_id=owner_id, source=source)
        self.parameters = ParameterService(owner_id=owner_id, source=source)
        self.reports = ReportService(owner_id=owner_id, source=source)
        self.runs = RunService(owner_id=owner_id, source=source)

    @operation
    async def demo(self, *, steps: Steps = None) -> DemoResult:
        """The main job on 33 years of real prices: scan, backtest, walk forward, regimes, signals, four reports.

        Asking again finds every run again and changes nothing.
        """
        show = _Steps(steps)
        await self.market.ingest("sample", progress=show.step("prices"))
        scan = await self.pairs.find_cointegrated_pairs("sample", progress=show.step("scan"))
        chosen = scan.best(_N_BEST)
        survivors = chosen[chosen["survives"]]
        by_rank = survivors.empty
        chosen = chosen if by_rank else survivors
        rows = []
        for row in show.each("backtests", list(chosen.itertuples())):
            rows.append(await self._study(row.y, row.x))
            note = "best by rank, did not survive the correction" if by_rank else "survived the correction"
            await self.pairs.create_trading_pair(row.y, row.x, note=note)
        walk = await self.parameters.walk_forward(universe="sample", progress=show.step("walk-forward"))
        regime = await self.regimes.detect("SPX", progress=show.step("regimes"))
        signals = await self.signals.generate(regime_symbol="SPX", progress=show.step("signals"))
        audit = await self.runs.audit(progress=show.step("certificate"))
        best = chosen.iloc[0]
        questions: list[tuple[str, dict[str, Any]]] = [
            ("scan", {"universe": "sample"}),
            ("pair", {"y": best.y, "x": best.x}),
            ("walk_forward", {"universe": "sample"}),
            ("regime", {"symbol": "SPX"}),
        ]
        reports = []
        for name, question in show.each("reports", questions):
            reports.append(await self.report(name, question))
        return DemoResult(
            n_tests=scan.n_tests,
            n_significant=scan.n_significant,
            expected_false=scan.expected_false,
            n_survivors=scan.n_discoveries,
            pairs_by_rank=by_rank,
            regime=regime.current_regime,
            audit_passed=audit.passed,
            audit_checks=audit.n_checks,
            gallery=await self.reports.gallery(),
            pairs=chosen[["y", "x", "p_value", "q_value", "half_life", "survives"]].assign(
                **{name: [row[name] for row in rows] for name in rows[0]}
            ),
            walk_forward=walk.folds,
            signals=signals.to_frame(),
            reports=pd.DataFrame([{"report": item.name, "path": item.path, "reused": item.reused} for item in reports]),
        )

    async def _study(self, y: str, x: str) -> dict[str, float]:
        await self.pairs.test_pair(y, x)
        await self.pairs.pair_stability(y, x)
        metrics = (await self.backtests.backtest_pair(y, x)).metrics
        return {
            "sharpe_ratio": metrics.sharpe_ratio,
            "annualized_return": metrics.annualized_return,
            "max_drawdown": metrics.max_drawdown,
            "n_trades": metrics.n_trades,
        }

    @operation
    async def report(self, name: str, question: dict[str, Any], *, force: bool = False) -> ReportResult:
        """Answer a question (each part computed or found in the ledger) and render the report that shows it.

        Parameters
        ----------
        name : ``scan`` (universe), ``pair`` (y, x), ``walk_forward`` (universe, or y and x), ``regime`` (symbol)
        question : the parts just named, and ``start`` and ``end``; or the run ids that the template takes
        """
        if all(key.endswith("run_id") or key.endswith("_run") for key in question):
            return await self.reports.render(name, {key: int(value) for key, value in question.items()}, force=force)
        makers: dict[str, Callable[..., Coroutine[Any, Any, tuple[dict[str, int], str]]]] = {
            "scan": self._scan_inputs,
            "pair": self._pair_inputs,
            "walk_forward": self._walk_inputs,
            "regime": self._regime_inputs,
        }
        if name not in makers:
            raise InvalidInput(f"report must be one of {sorted(makers)}; received {name!r}")
        try:
            inputs, title = await makers[name](**question)
        except TypeError as error:
            raise InvalidParameters(f"report {name}: {str(error).split('() ')[-1]}") from None
        return await self.reports.render(name, inputs, title=title, force=force)

    async def _scan_inputs(
        self, universe: str = "sample", start: str | None = None, end: str | None = None
    ) -> tuple[dict[str, int], str]:
        scan = await self.pairs.enqueue_scan(universe, start, end)
        await self.pairs.find_cointegrated_pairs(universe, start, end)
        return {"run_id": scan.id}, f"Scan of {universe}"

    async def _pair_inputs(
        self, y: str, x: str, start: str | None = None, end: str | None = None
    ) -> tuple[dict[str, int], str]:
        first, last = iso_date(start, name="start"), iso_date(end, name="end")
        inputs = {
            "backtest_run": await self._answer(BacktestRequest(y=y, x=x, start=first, end=last)),
            "test_run": await self._answer(PairTestRequest(y=y, x=x, start=first, end=last)),
            "stability_run": await self._answer(StabilityRequest(y=y, x=x, start=first, end=last)),
        }
        return inputs, f"{y}/{x}: pair tearsheet"

    async def _answer(self, request: Request[Any]) -> int:
        run = await self._enqueue(request)
        await self._perform(request)
        return run.id

    async def _walk_inputs(
        self,
        universe: str | None = None,
        y: str | None = None,
        x: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> tuple[dict[str, int], str]:
        walk = await self.parameters.enqueue_walk_forward(y, x, start, end, universe=universe)
        await self.parameters.walk_forward(y, x, start, end, universe=universe)
        subject = f"{y}/{x}" if y else f"universe {universe or 'sample'}, pairs chosen in the loop"
        return {"run_id": walk.id}, f"Walk-forward: {subject}"

    async def _regime_inputs(
        self, symbol: str = "SPX", start: str | None = None, end: str | None = None
    ) -> tuple[dict[str, int], str]:
        regime = await self.regimes.enqueue_detection(symbol, start, end)
        await self.regimes.detect(symbol, start, end)
        return {"run_id": regime.id}, f"Regimes of {symbol}"

    @operation
    async def nightly(self, *, steps: Steps = None) -> dict[str, int]:
        """What a scheduler runs after the close: regimes, signals, the reports of the active pairs."""
        show = _Steps(steps)
        await self.regimes.detect("SPX", progress=show.step("regimes"))
        signals = await self.signals.generate(regime_symbol="SPX", progress=show.step("signals"))
        rendered = 0
        for row in show.each("reports", list(signals.to_frame().itertuples())):
            await self.report("pair", {"y": row.y, "x": row.x})
            rendered += 1
        return {"signals": signals.n_signals, "actionable": signals.n_actionable, "reports": rendered}

    demo_sync = sync_wrap(demo)
    report_sync = sync_wrap(report)
    nightly_sync = sync_wrap(nightly)


class _Steps:
    """Turns the progress of each step into (name, done, total)."""

    def __init__(self, show: Steps) -> None:
        self._show = show or (lambda name, done, total: None)

    def step(self, name: str) -> Callable[[int, int], None]:
        self._show(name, 0, 0)
        return lambda done, total: self._show(name, done, total)

    def each(self, name: str, items: list[Any]) -> Any:
        for number, item in enumerate(items):
            self._show(name, number, len(items))
            yield item
        self._show(name, len(items), len(items))
