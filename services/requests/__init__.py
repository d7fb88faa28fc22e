"""Requests by job; a request is imported when it is first asked for, so that `import services` stays light."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from services.requests.base import Request
from titan_research.types import Job

__all__ = ["request_type"]

_HOMES = {
    Job.SCAN: ("services.requests.scan", "ScanRequest"),
    Job.PAIR_TEST: ("services.requests.pair_test", "PairTestRequest"),
    Job.STABILITY: ("services.requests.stability", "StabilityRequest"),
    Job.BACKTEST: ("services.requests.backtest", "BacktestRequest"),
    Job.OPTIMIZE: ("services.requests.optimize", "OptimizeRequest"),
    Job.WALK_FORWARD: ("services.requests.walk_forward", "WalkForwardRequest"),
    Job.REGIME: ("services.requests.regime", "RegimeRequest"),
    Job.REGIME_PARAMETERS: ("services.requests.regime_parameters", "RegimeParametersRequest"),
    Job.AUDIT: ("services.requests.audit", "AuditRequest"),
    Job.SIGNALS: ("services.requests.signals", "SignalsRequest"),
}


def request_type(job: Job) -> type[Request[Any]]:
    """The request class of a job."""
    module, name = _HOMES[job]
    kind: type[Request[Any]] = getattr(import_module(module), name)
    return kind
