"""Prove that nothing looks ahead."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import Run
from services.progress import Progress
from services.requests.base import Need, Request
from titan_research.panel import Panel
from titan_research.types import Job

if TYPE_CHECKING:
    from titan_research.causality import CertificateResult

__all__ = ["AuditRequest"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest(Request["CertificateResult"]):
    """Every causal function and every pipeline, on seeded synthetic prices with the future cut off and garbled."""

    job: ClassVar[Job] = Job.AUDIT

    random_seed: int = 7

    @property
    def title(self) -> str:
        return "Certificate: no look-ahead"

    @property
    def seed(self) -> int:
        return self.random_seed

    def needs(self) -> tuple[Need, ...]:
        return ()

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> CertificateResult:
        from titan_research.causality import certify_all

        return certify_all(seed=self.random_seed)

    @classmethod
    def result_type(cls) -> type[CertificateResult]:
        from titan_research.causality import CertificateResult

        return CertificateResult

    def write_rows(self, run: Run, result: CertificateResult) -> None:
        Run.objects.filter(pk=run.pk).update(certificate=self.headline(result))

    def headline(self, result: CertificateResult) -> dict[str, Any]:
        return {
            "passed": result.passed,
            "n_checks": result.n_checks,
            "n_failed": result.n_failed,
            "fingerprint": result.fingerprint,
        }
