"""Parameters are frozen objects that cannot be wrong; every one has a stable fingerprint."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any, Self

from titan_research.errors import InvalidParameters
from titan_research.results import json_value
from titan_research.types import Autolag, HedgeMethod, RegimeModelKind, SelectionRule, SpreadKind, Trend

__all__ = [
    "BacktestParameters",
    "CostParameters",
    "Parameters",
    "RegimeParameters",
    "RuleParameters",
    "ScanParameters",
    "SizingParameters",
    "SpreadParameters",
    "WalkForwardParameters",
]


def _require(condition: bool, message: str, **details: Any) -> None:
    if not condition:
        raise InvalidParameters(message, **details)


_KINDS: dict[type, dict[str, tuple[type, ...]]] = {}


def _kinds(owner: type) -> dict[str, tuple[type, ...]]:
    """The types that each field admits, a union taken apart; looked up once a class."""
    if owner not in _KINDS:
        hints = typing.get_type_hints(owner)
        _KINDS[owner] = {
            name: typing.get_args(hints[name]) if isinstance(hints[name], types.UnionType) else (hints[name],)
            for name in (field.name for field in dataclasses.fields(owner))
        }
    return _KINDS[owner]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Base: converts enum strings, checks numbers are finite, gives JSON and a fingerprint."""

    def __post_init__(self) -> None:
        for name, kinds in _kinds(type(self)).items():
            object.__setattr__(self, name, self._convert(name, getattr(self, name), kinds))
        self._validate()

    @staticmethod
    def _convert(name: str, value: Any, kinds: tuple[type, ...]) -> Any:
        for kind in (kind for kind in kinds if isinstance(kind, type)):
            if issubclass(kind, Enum) and value is not None and not isinstance(value, kind):
                allowed = ", ".join(repr(member.value) for member in kind)
                try:
                    return kind(value)
                except ValueError:
                    raise InvalidParameters(f"{name} must be one of {allowed}; received {value!r}", name=name) from None
            if issubclass(kind, Parameters) and isinstance(value, Mapping):
                return kind.from_dict(value)
        if float in kinds and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if isinstance(value, float):
            _require(math.isfinite(value), f"{name} must be a finite number; received {value}", name=name)
        _require(
            not (int in kinds and bool not in kinds and float not in kinds) or value is None or type(value) is int,
            f"{name} must be a whole number; received {value!r}",
            name=name,
        )
        _require(
            float not in kinds or value is None or isinstance(value, float),
            f"{name} must be a number; received {value!r}",
            name=name,
        )
        return value

    def _validate(self) -> None:
        """Raise InvalidParameters where fields contradict each other."""

    def to_dict(self) -> dict[str, Any]:
        return {field.name: json_value(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        names = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - names)
        _require(not unknown, f"unknown parameters {unknown} for {cls.__name__}; known are {sorted(names)}")
        return cls(**values)

    def replace(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)

    def fingerprint(self) -> str:
        """SHA-256 over the class name and the sorted JSON of all fields."""
        content = json.dumps([type(self).__name__, self.to_dict()], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScanParameters(Parameters):
    """Engle-Granger scan: null hypothesis "no cointegration", every ordered pair tested.

    ``alpha`` is the false discovery rate that the Benjamini-Yekutieli q-values are held against;
    ``min_half_life`` and ``max_half_life`` are in bars and flag, never hide, a pair.
    """

    trend: Trend = Trend.CONSTANT
    autolag: Autolag = Autolag.AIC
    maxlag: int | None = None
    log_prices: bool = True
    alpha: float = 0.05
    min_half_life: float = 1.0
    max_half_life: float = 126.0
    min_obs: int = 60

    def _validate(self) -> None:
        _require(0 < self.alpha < 1, f"need 0 < alpha < 1; received {self.alpha}")
        _require(self.maxlag is None or self.maxlag >= 0, f"need maxlag >= 0 or None; received {self.maxlag}")
        _require(
            0 <= self.min_half_life < self.max_half_life,
            f"need 0 <= min_half_life < max_half_life; received {self.min_half_life} and {self.max_half_life}",
        )
        _require(self.min_obs >= 30, f"need min_obs >= 30; received {self.min_obs}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SpreadParameters(Parameters):
    """How the spread and its z-score are made; windows in bars, both end at the bar that is decided on.

    With ``method=fixed`` the hedge ratio and intercept are given, together with the last bar they were fitted on.
    """

    kind: SpreadKind = SpreadKind.LOG
    method: HedgeMethod = HedgeMethod.ROLLING_OLS
    hedge_window: int = 252
    zscore_window: int = 60
    hedge_ratio: float | None = None
    intercept: float | None = None
    fitted_until: str | None = None

    def _validate(self) -> None:
        _require(self.hedge_window >= 20, f"need hedge_window >= 20 bars; received {self.hedge_window}")
        _require(self.zscore_window >= 5, f"need zscore_window >= 5 bars; received {self.zscore_window}")
        if self.method is HedgeMethod.FIXED:
            _require(
                self.hedge_ratio is not None and self.intercept is not None and self.fitted_until is not None,
                "method 'fixed' needs hedge_ratio, intercept and fitted_until (the last bar of the fit)",
            )

    @property
    def warmup(self) -> int:
        """Bars before the first z-score."""
        hedge = self.hedge_window if self.method is HedgeMethod.ROLLING_OLS else 0
        return max(hedge, self.zscore_window)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RuleParameters(Parameters):
    """Thresholds on the z-score: enter at ``entry``, leave at ``exit``, give up at ``stop`` or after
    ``max_holding`` bars.

    Decided at the close of t, filled at t + 1. ``exit`` below zero waits for an overshoot.
    """

    entry: float = 2.0
    exit: float = 0.5
    stop: float | None = 4.0
    max_holding: int | None = 60

    def _validate(self) -> None:
        _require(self.entry > 0, f"need entry > 0; received {self.entry}")
        _require(self.exit < self.entry, f"need exit < entry; received exit={self.exit}, entry={self.entry}")
        _require(self.exit > -self.entry, f"need exit > -entry; received exit={self.exit}, entry={self.entry}")
        _require(
            self.stop is None or self.stop > self.entry,
            f"need stop > entry (or none); received stop={self.stop}, entry={self.entry}",
        )
        _require(
            self.max_holding is None or self.max_holding >= 1,
            f"need max_holding >= 1 bar (or none); received {self.max_holding}",
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CostParameters(Parameters):
    """Costs, on by default. Fractions of traded value a leg; borrow a year on the short leg, over 360 days."""

    commission: float = 0.0005
    slippage: float = 0.0002
    fixed_commission: float = 0.0
    borrow_rate: float = 0.03

    def _validate(self) -> None:
        for name in ("commission", "slippage", "fixed_commission", "borrow_rate"):
            value = getattr(self, name)
            _require(value >= 0, f"need {name} >= 0; received {value}", name=name)
        _require(self.commission < 0.1 and self.slippage < 0.1, "commission and slippage are fractions, below 0.1")

    @classmethod
    def free(cls) -> CostParameters:
        """No costs at all; for comparison only."""
        return cls(commission=0.0, slippage=0.0, fixed_commission=0.0, borrow_rate=0.0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SizingParameters(Parameters):
    """Capital in dollars and the gross value of both legs at entry as a multiple of it; fixed notional, no
    compounding.
    """

    capital: float = 100_000.0
    gross_exposure: float = 1.0

    def _validate(self) -> None:
        _require(self.capital > 0, f"need capital > 0; received {self.capital}")
        _require(0 < self.gross_exposure <= 4, f"need 0 < gross_exposure <= 4; received {self.gross_exposure}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BacktestParameters(Parameters):
    """Everything that decides a backtest of one pair."""

    spread: SpreadParameters = dataclasses.field(default_factory=SpreadParameters)
    rules: RuleParameters = dataclasses.field(default_factory=RuleParameters)
    costs: CostParameters = dataclasses.field(default_factory=CostParameters)
    sizing: SizingParameters = dataclasses.field(default_factory=SizingParameters)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardParameters(Parameters):
    """Formation (train) and trading (test) lengths in bars; everything is chosen on the formation window alone.

    ``n_pairs`` best pairs of each formation window are traded; the grid is zscore_window x entry x exit x stop.
    """

    formation: int = 756
    trading: int = 252
    purge: int = 0
    anchored: bool = False
    n_pairs: int = 5
    selection: SelectionRule = SelectionRule.PLATEAU
    zscore_windows: tuple[int, ...] = (20, 40, 60, 90)
    entries: tuple[float, ...] = (1.5, 2.0, 2.5)
    exits: tuple[float, ...] = (0.0, 0.5)
    stops: tuple[float, ...] = (4.0,)
    scan: ScanParameters = dataclasses.field(default_factory=ScanParameters)
    backtest: BacktestParameters = dataclasses.field(default_factory=BacktestParameters)

    def _validate(self) -> None:
        for name in ("zscore_windows", "entries", "exits", "stops"):
            values = getattr(self, name)
            kind = int if name == "zscore_windows" else float
            object.__setattr__(self, name, tuple(kind(value) for value in values))
            _require(len(values) > 0, f"need at least one value in {name}", name=name)
        _require(self.trading >= 5, f"need trading >= 5 bars; received {self.trading}")
        _require(
            self.formation >= self.backtest.spread.hedge_window + 60,
            f"need formation >= hedge_window + 60 bars; received formation={self.formation}, "
            f"hedge_window={self.backtest.spread.hedge_window}",
        )
        _require(0 <= self.purge < self.formation, f"need 0 <= purge < formation; received {self.purge}")
        _require(self.n_pairs >= 1, f"need n_pairs >= 1; received {self.n_pairs}")
        _require(
            max(self.exits) < min(self.entries) and max(self.entries) < min(self.stops),
            "need every exit < every entry < every stop of the grid",
        )
        _require(
            max(self.zscore_windows) < self.formation,
            f"need zscore_windows below formation; received {self.zscore_windows}",
        )

    @property
    def n_combinations(self) -> int:
        return len(self.zscore_windows) * len(self.entries) * len(self.exits) * len(self.stops)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RegimeParameters(Parameters):
    """Regime detection on one price series. ``penalty`` is the jump model's price of a switch of state.

    The model is fitted on bars before each refit date only (``min_train`` bars at least, every ``refit_every`` bars);
    published labels are never rewritten. Features: log EWMA downside deviation, EWMA Sortino, log EWMA volatility.
    """

    model: RegimeModelKind = RegimeModelKind.JUMP
    n_regimes: int = 2
    penalty: float = 15.0
    min_train: int = 1_260
    refit_every: int = 126
    n_starts: int = 8
    seed: int = 7

    def _validate(self) -> None:
        _require(2 <= self.n_regimes <= 3, f"need n_regimes 2 or 3; received {self.n_regimes}")
        _require(self.penalty >= 0, f"need penalty >= 0; received {self.penalty}")
        _require(self.min_train >= 252, f"need min_train >= 252 bars; received {self.min_train}")
        _require(self.refit_every >= 1, f"need refit_every >= 1; received {self.refit_every}")
        _require(self.n_starts >= 1, f"need n_starts >= 1; received {self.n_starts}")
