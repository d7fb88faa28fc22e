"""Test one pair for cointegration."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import PairTest, Run
from services.progress import Progress
from services.requests.base import Need, PairRequest
from services.translation import finite
from titan_research.panel import Panel
from titan_research.parameters import ScanParameters
from titan_research.types import Job

if TYPE_CHECKING:
    from titan_research.pairs.results import PairTestResult

__all__ = ["PairTestRequest"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PairTestRequest(PairRequest["PairTestResult"]):
    """Engle-Granger test of y on x, with the unit-root tests of the legs beside it."""

    job: ClassVar[Job] = Job.PAIR_TEST

    parameters: ScanParameters = dataclasses.field(default_factory=ScanParameters)

    @property
    def title(self) -> str:
        return f"Test of {self.pair}"

    def needs(self) -> tuple[Need, ...]:
        return (self.closes(),)

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> PairTestResult:
        from titan_research.pairs.tester import CointegrationTester

        return CointegrationTester(self.parameters).test(panels[0], self.y, self.x)

    @classmethod
    def result_type(cls) -> type[PairTestResult]:
        from titan_research.pairs.results import PairTestResult

        return PairTestResult

    def write_rows(self, run: Run, result: PairTestResult) -> None:
        PairTest.objects.filter(run=run).delete()
        PairTest.objects.create(
            run=run,
            y=result.y,
            x=result.x,
            statistic=finite(result.statistic),
            p_value=finite(result.p_value),
            p_value_two_directions=finite(result.p_value_two_directions),
            lags=result.lags,
            hedge_ratio=finite(result.hedge_ratio),
            intercept=finite(result.intercept),
            half_life=finite(result.half_life),
            n_obs=result.n_obs,
            status=result.status,
        )

    def headline(self, result: PairTestResult) -> dict[str, Any]:
        return {
            "statistic": result.statistic,
            "p_value": result.p_value,
            "hedge_ratio": result.hedge_ratio,
            "half_life": result.half_life,
        }
