"""Follow the cointegration of one pair through rolling windows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import PairStability, Run
from services.progress import Progress
from services.requests.base import Need, PairRequest
from services.translation import records, split_rows
from titan_research.errors import InvalidParameters
from titan_research.panel import Panel
from titan_research.parameters import ScanParameters
from titan_research.types import Job

if TYPE_CHECKING:
    from titan_research.pairs.results import StabilityResult

__all__ = ["StabilityRequest"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StabilityRequest(PairRequest["StabilityResult"]):
    """The test of y on x in windows of ``window`` bars, every ``step`` bars; a row uses the bars of its window only."""

    job: ClassVar[Job] = Job.STABILITY

    window: int = 504
    step: int = 63
    parameters: ScanParameters = dataclasses.field(default_factory=ScanParameters)

    def _validate(self) -> None:
        PairRequest._validate(self)
        if self.window < self.parameters.min_obs or self.step < 1:
            raise InvalidParameters(
                f"need window >= {self.parameters.min_obs} bars and step >= 1; "
                f"received window={self.window}, step={self.step}"
            )

    @property
    def title(self) -> str:
        return f"Stability of {self.pair}"

    def needs(self) -> tuple[Need, ...]:
        return (self.closes(),)

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> StabilityResult:
        from titan_research.pairs.tester import CointegrationTester

        tester = CointegrationTester(self.parameters)
        return tester.stability(panels[0], self.y, self.x, window=self.window, step=self.step, progress=progress)

    @classmethod
    def result_type(cls) -> type[StabilityResult]:
        from titan_research.pairs.results import StabilityResult

        return StabilityResult

    def write_rows(self, run: Run, result: StabilityResult) -> None:
        PairStability.objects.filter(run=run).delete()
        table = result.table.reset_index(names="window_end")
        columns = ("window_end", "statistic", "p_value", "hedge_ratio", "half_life")
        rows = (PairStability(run=run, y=result.y, x=result.x, **row) for row in records(table, columns))
        for part in split_rows(rows):
            PairStability.objects.bulk_create(part)

    def headline(self, result: StabilityResult) -> dict[str, Any]:
        return {"n_windows": result.n_windows, "share_significant": result.share_significant}
