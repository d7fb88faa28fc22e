"""The facts of a run as a person reads them: on the header of a report and on a card of the gallery."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from django_site.trading.models import Run, Trial
from titan_research.types import Job, RunStatus

__all__ = ["headline_of", "period_of", "run_facts", "subject_of"]

_SHOWN = ("python", "numpy", "pandas", "vectorbt")
_FRACTIONS = {"annualized_return", "max_drawdown", "share_significant", "current_probability", "total_return"}
_WORDS = {
    "n_tests": "tests",
    "n_significant": "p < alpha",
    "expected_false": "expected by chance",
    "n_discoveries": "survivors",
    "sharpe_ratio": "Sharpe ratio",
    "n_trades": "trades",
    "n_folds": "folds",
    "n_trials": "trials",
    "in_sample_sharpe": "Sharpe in sample",
    "out_of_sample_sharpe": "Sharpe out of sample",
    "walk_forward_efficiency": "efficiency",
    "current_regime": "regime",
    "current_probability": "probability",
    "reality_check_p_value": "reality check p",
}


def subject_of(run: Run) -> str:
    """What the run is about, short: KO/PEP, SPX, 20 symbols."""
    request = run.request
    if request.get("y"):
        return f"{request['y']}/{request['x']}"
    if request.get("symbol"):
        return str(request["symbol"])
    if request.get("symbols"):
        return f"{len(request['symbols'])} symbols"
    return str(run.job)


def period_of(run: Run) -> str:
    """The sessions that the result covers, or those that were asked for."""
    if "period" in run.summary:
        return str(run.summary["period"])
    request = run.request
    start, end = request.get("start"), request.get("end")
    return "all history" if start is None and end is None else f"{start or 'first bar'} to {end or 'last bar'}"


def headline_of(run: Run) -> dict[str, str]:
    """The headline numbers, formatted."""
    shown = [(name, value) for name, value in run.summary.items() if name != "period"]
    return {_WORDS.get(name, name.replace("_", " ")): _show(name, value) for name, value in shown[:5]}


def _show(name: str, value: Any) -> str:
    if value is None:
        return "not defined"
    if isinstance(value, float):
        return f"{value:.1%}" if name in _FRACTIONS else f"{value:,.3g}"
    return str(value)


def run_facts(shown: list[Run]) -> dict[str, str]:
    """What lets somebody else reproduce and judge a report."""
    first = shown[0]
    costs = _costs(first.parameters)
    hypotheses = Trial.objects.filter(run__in=shown).values("hypothesis")
    tried = Trial.objects.filter(hypothesis__in=hypotheses).aggregate(total=Sum("n_combinations"))["total"] or 0
    audit = (
        Run.objects.filter(job=Job.AUDIT, status=RunStatus.DONE, code_version=first.code_version)
        .order_by("-pk")
        .first()
    )
    facts = {
        "Runs": ", ".join(f"{run.pk} ({run.job})" for run in shown),
        "Data hash": first.data_fingerprint[:16],
        "Period": period_of(first),
        "Code": first.code_version + (" (uncommitted changes)" if first.code_dirty else ""),
        "Libraries": ", ".join(
            f"{name} {first.package_versions[name]}" for name in _SHOWN if name in first.package_versions
        ),
        "Seed": "none needed" if first.seed is None else str(first.seed),
        "Costs": costs,
        "Trials so far": f"{tried:,} combination{'s' if tried > 1 else ''} over all runs" if tried else "none",
    }
    if audit is None or not audit.certificate:
        facts["No look-ahead"] = "not audited with this code: run `titan audit`"
    else:
        verdict = "passed" if audit.certificate["passed"] else "FAILED"
        facts["No look-ahead"] = f"{verdict}, {audit.certificate['n_checks']} checks"
    return facts


def _costs(parameters: dict[str, Any]) -> str:
    costs = parameters.get("costs") or (parameters.get("backtest") or {}).get("costs")
    if not costs:
        return "none: nothing is traded"
    return (
        f"commission {costs['commission'] * 1e4:.1f} bp, slippage {costs['slippage'] * 1e4:.1f} bp a leg, "
        f"borrow {costs['borrow_rate']:.1%} a year"
    )
