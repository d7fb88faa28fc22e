"""Scan a universe for cointegrated pairs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import PairTest, Run
from services.progress import Progress
from services.requests.base import Need, Request
from services.translation import records, split_rows
from titan_research.panel import Panel
from titan_research.parameters import ScanParameters
from titan_research.types import Job

if TYPE_CHECKING:
    from titan_research.pairs.results import ScanResult

__all__ = ["ScanRequest"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest(Request["ScanResult"]):
    """Engle-Granger test of every ordered pair of ``symbols``."""

    job: ClassVar[Job] = Job.SCAN

    symbols: tuple[str, ...]
    parameters: ScanParameters = dataclasses.field(default_factory=ScanParameters)

    @property
    def title(self) -> str:
        return f"Scan of {len(self.symbols)} symbols"

    def needs(self) -> tuple[Need, ...]:
        return (Need(symbols=self.symbols, start=self.start, end=self.end),)

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> ScanResult:
        from titan_research.pairs.tester import CointegrationTester

        return CointegrationTester(self.parameters).scan(panels[0], progress=progress)

    @classmethod
    def result_type(cls) -> type[ScanResult]:
        from titan_research.pairs.results import ScanResult

        return ScanResult

    def write_rows(self, run: Run, result: ScanResult) -> None:
        PairTest.objects.filter(run=run).delete()
        columns = (
            "y", "x", "statistic", "p_value", "p_value_two_directions", "q_value", "lags", "hedge_ratio", "intercept",
            "half_life", "n_obs", "status",
        )  # fmt: skip
        rows = (PairTest(run=run, **row) for row in records(result.table, columns))
        for part in split_rows(rows):
            PairTest.objects.bulk_create(part)

    def headline(self, result: ScanResult) -> dict[str, Any]:
        return {
            "n_tests": result.n_tests,
            "n_significant": result.n_significant,
            "expected_false": result.expected_false,
            "n_discoveries": result.n_discoveries,
        }
