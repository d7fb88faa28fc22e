"""Walk parameters (and, if asked, the choice of pairs) forward."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import Run, WalkForward, WalkForwardFold
from services.progress import Progress
from services.requests.base import Need, Request
from services.translation import finite, opens_of, records
from titan_research.errors import InvalidInput
from titan_research.panel import Panel
from titan_research.parameters import WalkForwardParameters
from titan_research.results import json_value
from titan_research.types import Field, Job
from titan_research.validation import check_symbol

if TYPE_CHECKING:
    from titan_research.walkforward.results import WalkForwardResult

__all__ = ["WalkForwardRequest"]

_SUMMARY = (
    "in_sample_sharpe", "out_of_sample_sharpe", "walk_forward_efficiency", "deflated_sharpe_ratio",
    "reality_check_p_value", "pbo",
)  # fmt: skip
_FOLD = (
    "train_start", "train_end", "test_start", "test_end", "n_survivors", "train_sharpe", "test_sharpe",
    "test_return",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardRequest(Request["WalkForwardResult"]):
    """With ``y`` and ``x`` the pair is given; without them the pairs are chosen inside every formation window."""

    job: ClassVar[Job] = Job.WALK_FORWARD

    symbols: tuple[str, ...]
    y: str | None = None
    x: str | None = None
    parameters: WalkForwardParameters = dataclasses.field(default_factory=WalkForwardParameters)

    def _validate(self) -> None:
        Request._validate(self)
        if (self.y is None) != (self.x is None):
            raise InvalidInput("give both legs of the pair, or neither to have pairs chosen in every formation window")
        for leg in (self.y, self.x):
            if leg is not None and check_symbol(leg) not in self.symbols:
                raise InvalidInput(f"{leg} is not among the symbols {', '.join(self.symbols[:12])}")
        if self.y is not None and self.y == self.x:
            raise InvalidInput(f"a pair needs two different symbols; received {self.y} twice")
        if len(self.symbols) < 2:
            raise InvalidInput(f"need at least two symbols; received {len(self.symbols)}")

    @property
    def title(self) -> str:
        return f"Walk-forward of {self.hypothesis}"

    @property
    def hypothesis(self) -> str:
        if self.y is not None:
            return f"{self.y}/{self.x}"
        digest = hashlib.sha256("|".join(sorted(self.symbols)).encode()).hexdigest()[:8]
        return f"universe of {len(self.symbols)} ({digest})"

    def needs(self) -> tuple[Need, ...]:
        return (
            Need(symbols=self.symbols, start=self.start, end=self.end),
            Need(symbols=self.symbols, start=self.start, end=self.end, field=Field.OPEN),
        )

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> WalkForwardResult:
        from titan_research.walkforward.walk_forward import WalkForward as Walk

        pairs = None if self.y is None or self.x is None else [(self.y, self.x)]
        return Walk(self.parameters).run(panels[0], pairs=pairs, opens=opens_of(panels[1]), progress=progress)

    @classmethod
    def result_type(cls) -> type[WalkForwardResult]:
        from titan_research.walkforward.results import WalkForwardResult

        return WalkForwardResult

    def write_rows(self, run: Run, result: WalkForwardResult) -> None:
        WalkForward.objects.filter(run=run).delete()
        walk = WalkForward.objects.create(
            run=run,
            selection_inside=result.selection_inside,
            n_folds=result.n_folds,
            n_trials=result.n_trials,
            verdict=result.verdict,
            start=result.start,
            end=result.end,
            **{name: finite(getattr(result, name)) for name in _SUMMARY},
        )
        choices = {fold: json_value(rows) for fold, rows in result.choices.groupby("fold")}
        WalkForwardFold.objects.bulk_create(
            WalkForwardFold(walk_forward=walk, number=number, choices=choices.get(number, []), **row)
            for number, row in zip(result.folds["fold"].tolist(), records(result.folds, _FOLD), strict=True)
        )

    def headline(self, result: WalkForwardResult) -> dict[str, Any]:
        return {name: getattr(result, name) for name in ("n_folds", "n_trials", *_SUMMARY)}

    def trials(self, result: WalkForwardResult) -> tuple[int, float | None]:
        return result.n_trials, finite(result.in_sample_sharpe)
