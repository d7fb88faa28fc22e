"""Enumerations shared by every layer; models use them as choices, the API as fields."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Autolag",
    "CorporateActionKind",
    "Door",
    "ExitReason",
    "Field",
    "HedgeMethod",
    "IngestStatus",
    "Interval",
    "Job",
    "PairStatus",
    "ParameterKind",
    "RegimeLabel",
    "RegimeModelKind",
    "RunStatus",
    "SelectionRule",
    "SignalAction",
    "SignalStatus",
    "SpreadKind",
    "TestStatus",
    "Trend",
]


class Interval(StrEnum):
    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"


class Field(StrEnum):
    OPEN = "open"
    HIGH = "high"
    LOW = "low"
    CLOSE = "close"
    VOLUME = "volume"


class Trend(StrEnum):
    """Deterministic terms of a cointegrating regression."""

    NONE = "n"
    CONSTANT = "c"
    CONSTANT_TREND = "ct"


class Autolag(StrEnum):
    AIC = "aic"
    BIC = "bic"
    T_STAT = "t-stat"
    NONE = "none"


class TestStatus(StrEnum):
    """Why a test has (or lacks) a number."""

    __test__ = False  # not a pytest class

    OK = "ok"
    COLLINEAR = "collinear"
    CONSTANT = "constant"
    SHORT = "short"
    NONFINITE = "nonfinite"


class HedgeMethod(StrEnum):
    """How the hedge ratio of a spread is estimated."""

    ROLLING_OLS = "rolling_ols"
    FIXED = "fixed"


class SpreadKind(StrEnum):
    """``log``: hedge ratio is a ratio of dollars; ``price``: shares of x per share of y."""

    LOG = "log"
    PRICE = "price"


class ExitReason(StrEnum):
    REVERSION = "reversion"
    STOP = "stop"
    TIME = "time"
    END_OF_DATA = "end_of_data"


class SelectionRule(StrEnum):
    """How walk-forward picks one parameter set out of the grid on training data."""

    PEAK = "peak"
    PLATEAU = "plateau"
    FIXED = "fixed"


class RegimeModelKind(StrEnum):
    JUMP = "jump"
    VOLATILITY_RULE = "volatility_rule"


class RegimeLabel(StrEnum):
    """Names for states sorted by the volatility of returns inside them."""

    CALM = "calm"
    NEUTRAL = "neutral"
    STRESS = "stress"


class Job(StrEnum):
    """Work that is recorded in the run ledger."""

    SCAN = "scan"
    PAIR_TEST = "pair_test"
    STABILITY = "stability"
    BACKTEST = "backtest"
    OPTIMIZE = "optimize"
    WALK_FORWARD = "walk_forward"
    REGIME = "regime"
    REGIME_PARAMETERS = "regime_parameters"
    SIGNALS = "signals"
    REPORT = "report"
    AUDIT = "audit"


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PairStatus(StrEnum):
    CANDIDATE = "candidate"
    ACTIVE = "active"
    RETIRED = "retired"


class SignalAction(StrEnum):
    """What a signal recommends for the next session; the spread is y minus hedge_ratio times x."""

    ENTER_LONG = "enter_long"
    ENTER_SHORT = "enter_short"
    HOLD = "hold"
    EXIT = "exit"
    STAY_OUT = "stay_out"


class SignalStatus(StrEnum):
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class CorporateActionKind(StrEnum):
    SPLIT = "split"
    DIVIDEND = "dividend"


class IngestStatus(StrEnum):
    """``interrupted``: the process that read the file is gone."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class ParameterKind(StrEnum):
    """What a stored parameter set configures."""

    BACKTEST = "backtest"
    SCAN = "scan"
    REGIME = "regime"
    WALK_FORWARD = "walk_forward"


class Door(StrEnum):
    """Where a run was asked for."""

    NOTEBOOK = "notebook"
    CLI = "cli"
    API = "api"
    WORKER = "worker"
    SCRIPT = "script"
