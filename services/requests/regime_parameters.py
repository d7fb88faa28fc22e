"""Look at the parameters of one pair by market regime."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

from django_site.trading.models import ParameterSet, Run
from services.progress import Progress
from services.requests.base import Need
from services.requests.optimize import GridRequest
from services.translation import finite, opens_of
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, RegimeParameters
from titan_research.types import Job
from titan_research.validation import check_symbol

if TYPE_CHECKING:
    from titan_research.walkforward.regime_parameters import RegimeParametersResult

__all__ = ["RegimeParametersRequest"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RegimeParametersRequest(GridRequest["RegimeParametersResult"]):
    """The grid over the whole period, its P&L split by the published regime of ``regime_symbol``."""

    job: ClassVar[Job] = Job.REGIME_PARAMETERS

    regime_symbol: str = "SPX"
    regime: RegimeParameters = dataclasses.field(default_factory=RegimeParameters)

    def _validate(self) -> None:
        GridRequest._validate(self)
        check_symbol(self.regime_symbol)

    @property
    def title(self) -> str:
        return f"Parameters of {self.pair} by regime of {self.regime_symbol}"

    @property
    def seed(self) -> int:
        return self.regime.seed

    def needs(self) -> tuple[Need, ...]:
        return self.closes(), self.opens(), Need(symbols=(self.regime_symbol,), end=self.end)

    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> RegimeParametersResult:
        from titan_research.regimes.detector import RegimeDetector
        from titan_research.walkforward.regime_parameters import regime_parameters

        detected = RegimeDetector(self.regime).run(panels[2].series(self.regime_symbol), progress=progress)
        return regime_parameters(
            panels[0],
            y=self.y,
            x=self.x,
            regimes=detected.labels["regime"],
            regime_symbol=self.regime_symbol,
            grid=self.grid,
            parameters=self.parameters,
            opens=opens_of(panels[1]),
        )

    @classmethod
    def result_type(cls) -> type[RegimeParametersResult]:
        from titan_research.walkforward.regime_parameters import RegimeParametersResult

        return RegimeParametersResult

    def write_rows(self, run: Run, result: RegimeParametersResult) -> None:
        """Keep one parameter set a regime that has earned its own."""
        ParameterSet.objects.filter(run=run).delete()
        for row in result.table.itertuples():
            if row.regime == "all" or not row.own:
                continue
            chosen = self._chosen(row)
            ParameterSet.objects.update_or_create(
                kind="backtest",
                fingerprint=chosen.fingerprint(),
                name=f"{self.pair} in {row.regime} of {self.regime_symbol}",
                defaults={
                    "values": chosen.to_dict(),
                    "y": self.y,
                    "x": self.x,
                    "regime": row.regime,
                    "run": run,
                    "owner_id": run.owner_id,
                },
            )

    def _chosen(self, row: Any) -> BacktestParameters:
        rules = self.parameters.rules.replace(entry=row.entry, exit=row.exit, stop=row.stop)
        return self.parameters.replace(
            rules=rules, spread=self.parameters.spread.replace(zscore_window=int(row.zscore_window))
        )

    def headline(self, result: RegimeParametersResult) -> dict[str, Any]:
        own = int(result.table["own"].sum()) - 1
        return {"n_combinations": result.n_combinations, "regimes_with_own_set": own}

    def trials(self, result: RegimeParametersResult) -> tuple[int, float | None]:
        return result.n_trials, finite(result.table["sharpe_ratio"].max())
