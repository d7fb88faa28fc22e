"""Proof that nothing looks ahead: a registry of causal functions and the certificate that tests them."""

from __future__ import annotations

import dataclasses
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

import numpy as np
import pandas as pd

from titan_research._certification import (
    CausalFunction,
    Probe,
    Row,
    Run,
    busy_bar,
    check_function,
    compare,
    each,
    tampered,
)
from titan_research.errors import InvalidInput
from titan_research.panel import Panel
from titan_research.results import FrameResult

__all__ = [
    "REGISTRY",
    "CausalFunction",
    "CertificateResult",
    "causal",
    "certify",
    "certify_all",
    "certify_pipeline",
    "merge_certificates",
]

F = TypeVar("F", bound=Callable[..., Any])

_COLUMNS = ("subject", "test", "passed", "cut", "detail")


REGISTRY: dict[str, CausalFunction] = {}


def causal(*, probe: Probe, outputs: Sequence[str | int] | None = None, tolerance: float = 0.0) -> Callable[[F], F]:
    """Register a public function over time series for the certificate; returned unchanged.

    Parameters
    ----------
    probe, outputs, tolerance : see `CausalFunction`; drive the probe by a random walk of n bars that triggers
        all the function can do (entries, stops, gaps): what never fires is not verified

    Examples
    --------
    >>> @causal(probe=lambda rng, n: {"prices": 50 + rng.standard_normal(n).cumsum(), "window": 20})
    ... def moving_average(prices, window): ...
    """

    def register(function: F) -> F:
        name = f"{function.__module__}.{getattr(function, '__qualname__', repr(function))}"
        chosen = None if outputs is None else tuple(outputs)
        REGISTRY[name] = CausalFunction(name=name, function=function, probe=probe, outputs=chosen, tolerance=tolerance)
        return function

    return register


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class CertificateResult(FrameResult):
    """Verdicts of the look-ahead tests; ``fingerprint`` is the hash of the verdict table.

    ``table``, one row a check: subject, test ("A-truncate", "A-garble", "B", "C"), passed, cut (bar), detail.
    """

    title: ClassVar[str] = "No-look-ahead certificate"

    passed: bool
    n_checks: int
    n_failed: int
    n_subjects: int
    fingerprint: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        return self.table

    def failures(self) -> pd.DataFrame:
        """The rows that failed."""
        return self.table[~self.table["passed"]].reset_index(drop=True)


def _certificate(rows: Iterable[Row]) -> CertificateResult:
    table = pd.DataFrame(list(rows), columns=list(_COLUMNS))
    table = table.astype({"passed": bool, "cut": np.int64})
    failed = int((~table["passed"]).sum())
    digest = hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
    return CertificateResult(
        passed=failed == 0 and len(table) > 0,
        n_checks=len(table),
        n_failed=failed,
        n_subjects=int(table["subject"].nunique()),
        fingerprint=digest,
        table=table,
    )


def merge_certificates(parts: Iterable[CertificateResult]) -> CertificateResult:
    """One certificate over the checks of several."""
    return _certificate(row for part in parts for row in part.table.itertuples(index=False, name=None))


def certify(
    functions: CausalFunction | Iterable[CausalFunction] | Callable[..., Any] | None = None,
    *,
    seed: int = 0,
    n_bars: int = 900,
    n_cuts: int = 3,
) -> CertificateResult:
    """Test A on functions: what is dated before a cut must not depend on what comes after it.

    For random cuts T: ``f(x[:T]) == f(x)[:T]`` (A-truncate), ``f(x with garbage from T on)[:T] == f(x)[:T]``
    (A-garble). A probe whose outputs never react to the garbage proves nothing and fails.

    Parameters
    ----------
    functions : registered function, `CausalFunction` or several of them; None = everything registered so far
    seed : of the probes, cuts and garbage
    n_bars : length of the probe; n_cuts : cuts a function
    """
    rows: list[Row] = []
    for subject in sorted(_subjects(functions), key=lambda item: item.name):
        rows += check_function(
            subject, np.random.default_rng([seed, zlib.crc32(subject.name.encode())]), n_bars, n_cuts
        )
    return _certificate(rows)


def _subjects(functions: Any) -> list[CausalFunction]:
    if functions is None:
        return list(REGISTRY.values())
    if isinstance(functions, CausalFunction):
        return [functions]
    if callable(functions):
        found = [item for item in REGISTRY.values() if item.function is functions]
        if not found:
            raise InvalidInput(f"{functions!r} is not registered; decorate it with @causal(probe=...)")
        return found
    return list(functions)


def certify_pipeline(
    run: Run,
    panel: Panel,
    opens: Panel | None = None,
    *,
    name: str,
    seed: int = 0,
    n_cuts: int = 2,
    cuts: Sequence[int] | None = None,
    settle: int = 0,
) -> CertificateResult:
    """Tests A, B and C on a whole job that turns prices into dated decisions.

    Parameters
    ----------
    run : ``run(panel, opens)`` gives a frame with the column ``session`` (last bar that a row may depend on)
        and, where they apply, ``filled`` (the bar at which it acts) and ``fitted_until`` (last bar of the fit
        of its parameters); all other columns are the decision
    panel, opens : closes and (optionally) opens of the same sessions
    cuts : bars to cut at; None draws ``n_cuts`` from the second half
    settle : sessions at the end of a truncated history that are not compared: jobs close at their last bar

    Notes
    -----
    A: rows with session before the cut do not change when the later prices are garbled, nor rows filled
    before it when they are dropped (an order of the last bar has no fill then).
    B: rows filled at or before bar t do not change when only the prices of bar t do: catches same-bar fills,
    which A cannot see. C: every row has fitted_until < session.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    n = len(panel)
    chosen = sorted(int(cut) for cut in rng.integers(n // 2, n - 5, size=n_cuts)) if cuts is None else list(cuts)
    full = run(panel, opens)
    rows: list[Row] = [] if len(full) else [(name, "A-truncate", False, 0, "the run decided nothing")]
    for cut in chosen:
        last, date = panel.index[cut - settle - 1], "filled" if "filled" in full else "session"
        prices, fills = each(panel, opens, partial(_head, cut))
        rows.append(compare(run, name, "A-truncate", cut, full, date, last, prices, fills))
        prices, fills = tampered(panel, opens, slice(cut, n), rng)
        rows.append(compare(run, name, "A-garble", cut, full, "session", panel.index[cut - 1], prices, fills))
        if "filled" in full:
            bar = busy_bar(full, panel.index, cut)
            prices, fills = tampered(panel, opens, slice(bar, bar + 1), rng)
            rows.append(compare(run, name, "B", bar, full, "filled", panel.index[bar], prices, fills))
    if "fitted_until" in full:
        fitted = full[full["fitted_until"].notna()]
        late = int((fitted["fitted_until"] >= fitted["session"]).sum())
        rows.append((name, "C", late == 0, n, f"{late} decisions use later parameters" if late else ""))
    return _certificate(rows)


def _head(cut: int, panel: Panel) -> Panel:
    return panel.rows(0, cut)


def certify_all(seed: int = 0, *, progress: Callable[[int, int], None] | None = None) -> CertificateResult:
    """The certificate of TITAN: test A on every registered function, A, B and C on the jobs.

    Imports the modules with causal functions first; deterministic in ``seed``.
    """
    from titan_research import _pipelines

    _pipelines.register_all()
    jobs = _pipelines.jobs(seed)
    parts = [certify(seed=seed)]
    for done, job in enumerate(jobs, start=1):
        if progress is not None:
            progress(done, len(jobs) + 1)
        parts.append(job())
    if progress is not None:
        progress(len(jobs) + 1, len(jobs) + 1)
    return merge_certificates(parts)
