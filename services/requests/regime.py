"""Detect the regimes of one price series."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import MarketRegime, RegimeModel, RegimeShift, Run
from services.progress import Progress
from services.requests.base import Need, Request
from services.translation import finite, records
from titan_research.panel import Panel
from titan_research.parameters import RegimeParameters
from titan_research.types import Job
from titan_research.validation import check_symbol

if TYPE_CHECKING:
    from titan_research.regimes.results import RegimeResult

__all__ = ["RegimeRequest"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RegimeRequest(Request["RegimeResult"]):
    """Walk the detector through history: refitted on the past alone, labels published once and never rewritten."""

    job: ClassVar[Job] = Job.REGIME

    symbol: str
    parameters: RegimeParameters = dataclasses.field(default_factory=RegimeParameters)

    def _validate(self) -> None:
        Request._validate(self)
        check_symbol(self.symbol)

    @property
    def title(self) -> str:
        return f"Regimes of {self.symbol}"

    @property
    def seed(self) -> int:
        return self.parameters.seed

    def needs(self) -> tuple[Need, ...]:
        return (Need(symbols=(self.symbol,), start=self.start, end=self.end),)

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> RegimeResult:
        from titan_research.regimes.detector import RegimeDetector

        return RegimeDetector(self.parameters).run(panels[0].series(self.symbol), progress=progress)

    @classmethod
    def result_type(cls) -> type[RegimeResult]:
        from titan_research.regimes.results import RegimeResult

        return RegimeResult

    def write_rows(self, run: Run, result: RegimeResult) -> None:
        RegimeModel.objects.filter(run=run).delete()
        RegimeModel.objects.filter(symbol=self.symbol, is_current=True).update(is_current=False)
        model = RegimeModel.objects.create(
            run=run,
            symbol=self.symbol,
            model=self.parameters.model,
            n_regimes=result.n_regimes,
            parameters=self.parameters.to_dict(),
            start=result.start,
            end=result.end,
            shifts_per_year=finite(result.shifts_per_year),
            current_regime=result.current_regime,
            is_current=True,
        )
        MarketRegime.objects.bulk_create(
            MarketRegime(model=model, number=number, **row)
            for number, row in enumerate(
                records(result.segments, ("start", "end", "regime", "bars", "total_return", "volatility")),
                start=1,
            )
        )
        RegimeShift.objects.bulk_create(
            RegimeShift(model=model, **row)
            for row in records(result.shifts, ("session", "from_regime", "to_regime", "probability"))
        )

    def headline(self, result: RegimeResult) -> dict[str, Any]:
        return {
            "current_regime": result.current_regime,
            "current_probability": result.current_probability,
            "shifts_per_year": result.shifts_per_year,
        }
