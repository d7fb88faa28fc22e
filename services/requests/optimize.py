"""Sweep a grid of parameters over one pair, in sample."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django_site.trading.models import Run
from services.progress import Progress
from services.requests.base import Need, PairRequest
from services.translation import finite, opens_of
from titan_research.errors import InvalidParameters
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters
from titan_research.types import Job

if TYPE_CHECKING:
    from titan_research.backtest.results import SweepResult

__all__ = ["GridRequest", "OptimizeRequest"]

R = TypeVar("R")
MAX_COMBINATIONS = 5_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GridRequest(PairRequest[R]):
    """A question about every combination of a grid over one pair."""

    zscore_windows: tuple[int, ...] = (20, 30, 40, 60, 90, 120)
    entries: tuple[float, ...] = (1.5, 2.0, 2.5, 3.0)
    exits: tuple[float, ...] = (0.0, 0.5, 1.0)
    stops: tuple[float, ...] = (4.0, 5.0)
    parameters: BacktestParameters = dataclasses.field(default_factory=BacktestParameters)

    def _validate(self) -> None:
        PairRequest._validate(self)
        for name, kind in (("zscore_windows", int), ("entries", float), ("exits", float), ("stops", float)):
            values = tuple(kind(value) for value in getattr(self, name))
            if not values:
                raise InvalidParameters(f"need at least one value in {name}", name=name)
            object.__setattr__(self, name, values)
        if max(self.exits) >= min(self.entries) or max(self.entries) >= min(self.stops):
            raise InvalidParameters("need every exit < every entry < every stop of the grid")
        count = math.prod(len(values) for values in self.grid.values())
        if count > MAX_COMBINATIONS:
            raise InvalidParameters(
                f"the grid has {count:,} combinations, the cap is {MAX_COMBINATIONS:,}; use fewer values"
            )

    @property
    def hypothesis(self) -> str:
        return self.pair

    @property
    def grid(self) -> dict[str, list[float]]:
        return {
            "zscore_window": list(self.zscore_windows),
            "entry": list(self.entries),
            "exit": list(self.exits),
            "stop": list(self.stops),
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeRequest(GridRequest["SweepResult"]):
    """Every combination of the grid over the whole period: an in-sample picture, not a forecast."""

    job: ClassVar[Job] = Job.OPTIMIZE

    @property
    def title(self) -> str:
        return f"Grid of {self.pair}"

    def needs(self) -> tuple[Need, ...]:
        return self.closes(), self.opens()

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> SweepResult:
        from titan_research.backtest.engine import BacktestEngine

        engine = BacktestEngine(costs=self.parameters.costs, sizing=self.parameters.sizing)
        return engine.sweep(
            panels[0],
            pairs=[(self.y, self.x)],
            grid=self.grid,
            spread=self.parameters.spread,
            rules=self.parameters.rules,
            opens=opens_of(panels[1]),
            progress=progress,
        )

    @classmethod
    def result_type(cls) -> type[SweepResult]:
        from titan_research.backtest.results import SweepResult

        return SweepResult

    def write_rows(self, run: Run, result: SweepResult) -> None:
        """The sweep is kept whole as an artifact; single combinations are no rows."""

    def headline(self, result: SweepResult) -> dict[str, Any]:
        sharpe = result.table["sharpe_ratio"]
        return {
            "n_combinations": result.n_combinations,
            "best_sharpe": finite(sharpe.max()),
            "median_sharpe": finite(sharpe.median()),
        }

    def trials(self, result: SweepResult) -> tuple[int, float | None]:
        return result.n_combinations, finite(result.table["sharpe_ratio"].max())
