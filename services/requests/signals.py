"""Say what to do with every chosen pair at the next session."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import Run, Signal, TradingPair
from services.progress import Progress
from services.requests.base import Need, Request
from services.translation import finite, opens_of, records
from titan_research.errors import InvalidInput
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, Parameters, RegimeParameters
from titan_research.types import Field, Job, SignalStatus
from titan_research.validation import check_symbol, check_symbols

if TYPE_CHECKING:
    from titan_research.signals import SignalResult

__all__ = ["PairPlan", "SignalsRequest"]

_ROW = (
    "action", "position", "previous_position", "zscore", "spread", "hedge_ratio", "intercept", "weight_y",
    "weight_x", "strength", "regime", "size_multiplier", "reason",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PairPlan(Parameters):
    """A pair with the frozen parameters that it is traded with, and where they came from."""

    y: str
    x: str
    parameters: BacktestParameters = dataclasses.field(default_factory=BacktestParameters)
    origin: str = "default"

    def _validate(self) -> None:
        check_symbol(self.y)
        check_symbol(self.x)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SignalsRequest(Request["SignalResult"]):
    """``end`` is the knowledge time: nothing after it is read. ``regime_symbol`` None = sizes do not depend on a
    regime.
    """

    job: ClassVar[Job] = Job.SIGNALS

    pairs: tuple[PairPlan, ...]
    regime_symbol: str | None = None
    regime_parameters: RegimeParameters = dataclasses.field(default_factory=RegimeParameters)

    def _validate(self) -> None:
        Request._validate(self)
        plans = tuple(PairPlan.from_dict(plan) if isinstance(plan, Mapping) else plan for plan in self.pairs)
        object.__setattr__(self, "pairs", plans)
        if not plans:
            raise InvalidInput("there is no pair to make signals for; create one first: `titan pair KO PEP --create`")
        if self.regime_symbol is not None:
            check_symbol(self.regime_symbol)

    @property
    def title(self) -> str:
        return f"Signals for {len(self.pairs)} pairs"

    @property
    def symbols_needed(self) -> tuple[str, ...]:
        return check_symbols(leg for plan in self.pairs for leg in (plan.y, plan.x))

    def needs(self) -> tuple[Need, ...]:
        symbols = self.symbols_needed
        needs = [
            Need(symbols=symbols, start=self.start, end=self.end),
            Need(symbols=symbols, start=self.start, end=self.end, field=Field.OPEN),
        ]
        if self.regime_symbol is not None:
            needs.append(Need(symbols=(self.regime_symbol,), end=self.end))
        return tuple(needs)

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> SignalResult:
        from titan_research.signals import PairBook, generate_signals

        regime = None
        if self.regime_symbol is not None:
            from titan_research.regimes.detector import RegimeDetector

            regime = RegimeDetector(self.regime_parameters).run(panels[2].series(self.regime_symbol)).current_regime
        books = [PairBook(y=plan.y, x=plan.x, parameters=plan.parameters, source=plan.origin) for plan in self.pairs]
        return generate_signals(panels[0], books, as_of=panels[0].index[-1], regime=regime, opens=opens_of(panels[1]))

    @classmethod
    def result_type(cls) -> type[SignalResult]:
        from titan_research.signals import SignalResult

        return SignalResult

    def write_rows(self, run: Run, result: SignalResult) -> None:
        Signal.objects.filter(run=run).delete()
        pairs = {(pair.y.symbol, pair.x.symbol): pair for pair in TradingPair.objects.select_related("y", "x")}
        plans = {(plan.y, plan.x): plan for plan in self.pairs}
        rows = zip(records(result.table, ("y", "x")), records(result.table, _ROW), strict=True)
        for legs, row in rows:
            pair = pairs.get((legs["y"], legs["x"]))
            if pair is None:
                continue
            newer = Signal.objects.filter(pair=pair, session__gt=result.session).exists()
            Signal.objects.filter(pair=pair, session__lte=result.session, status=SignalStatus.ACTIVE).update(
                status=SignalStatus.SUPERSEDED
            )
            Signal.objects.update_or_create(
                pair=pair,
                session=result.session,
                parameters_fingerprint=plans[legs["y"], legs["x"]].parameters.fingerprint(),
                defaults={
                    **row,
                    "run": run,
                    "as_of": result.as_of,
                    "status": SignalStatus.SUPERSEDED if newer else SignalStatus.ACTIVE,
                    "owner_id": pair.owner_id,
                },
            )

    def headline(self, result: SignalResult) -> dict[str, Any]:
        return {
            "n_signals": result.n_signals,
            "n_actionable": result.n_actionable,
            "regime": result.regime or "unknown",
            "strongest": finite(result.table["strength"].max()) if len(result.table) else None,
        }
