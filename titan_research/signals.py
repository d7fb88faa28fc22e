"""What to do at the next bar: the backtest's own rules, asked at the close of one session."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from titan_research._signal_reasons import reason_for
from titan_research.backtest.inputs import pair_arrays, spread_of, trading_start
from titan_research.backtest.ledger import simulate_pair
from titan_research.causality import causal
from titan_research.errors import InsufficientData, InvalidInput, InvalidParameters
from titan_research.panel import Panel
from titan_research.parameters import BacktestParameters, RuleParameters, SpreadParameters
from titan_research.results import FrameResult
from titan_research.synthetic import cointegrated_universe
from titan_research.types import HedgeMethod, RegimeLabel, SignalAction, SpreadKind
from titan_research.validation import check_symbol, check_timestamp

__all__ = ["PairBook", "SignalResult", "decision_path", "generate_signals"]

_ACTIONABLE = (SignalAction.ENTER_LONG, SignalAction.ENTER_SHORT, SignalAction.EXIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBook:
    """A pair that is followed, and how: ``source`` says where the parameters come from (a run, a default)."""

    y: str
    x: str
    parameters: BacktestParameters = field(default_factory=BacktestParameters)
    source: str = "default"

    def __post_init__(self) -> None:
        if check_symbol(self.y) == check_symbol(self.x):
            raise InvalidInput(f"a pair needs two different symbols; received {self.y} twice")


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalResult(FrameResult):
    """Recommendations for the bar after ``session``, one row a pair.

    ``session`` is the last bar at or before ``as_of``; nothing later was looked at. Columns of ``table``: y,
    x, source, action, position (of the spread, wanted at the next bar), previous_position, decided (session
    that opened the position), zscore, spread, hedge_ratio, intercept (of ``session``), entry, exit, stop,
    weight_y, weight_x (signed fractions of the capital of the pair, times ``size_multiplier``; a held
    position keeps the weights of its entry), strength (|zscore| / entry), regime ("" = unknown),
    size_multiplier, reason, parameters (fingerprint).
    """

    title: ClassVar[str] = "Signals"

    as_of: pd.Timestamp
    session: pd.Timestamp
    n_signals: int
    n_actionable: int
    regime: str | None
    panel_fingerprint: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """A row a pair."""
        return self.table


def _probe(rng: np.random.Generator, n: int) -> tuple[Panel, PairBook]:
    panel, pairs = cointegrated_universe(1, 2, 0, n, 8.0, int(rng.integers(2**31)))
    values = np.where(rng.random(panel.values.shape) < 0.005, np.nan, panel.values)
    parameters = BacktestParameters(
        spread=SpreadParameters(hedge_window=60, zscore_window=20),
        rules=RuleParameters(entry=1.0, exit=0.2, stop=2.5, max_holding=10),
    )
    return Panel(values, panel.index, panel.symbols), PairBook(y=pairs[0][0], x=pairs[0][1], parameters=parameters)


@causal(probe=_probe)
def decision_path(panel: Panel, book: PairBook, opens: Panel | None = None) -> pd.DataFrame:
    """The decision of every close, as the backtest makes it, with nothing closed at the end.

    Parameters
    ----------
    panel : closes; opens : opens of the same sessions, None = orders fill at closes
    book : the pair and its parameters

    Returns
    -------
    DataFrame by session: ``position`` (+1 long the spread, decided at this close for the next bar),
    ``shares_y`` (held at this close), ``spread``, ``zscore``, ``hedge_ratio``, ``intercept``

    Notes
    -----
    Timing: the row of session t uses bars up to and including t; it acts at t + 1. With ``method=fixed`` no
    decision is made at or before ``fitted_until``.
    Missing: without a z-score the decision stays as it was; orders wait for a bar with both prices.
    """
    pair = pair_arrays(panel, book.y, book.x, opens)
    spread = spread_of(pair, book.parameters.spread)
    first, last = trading_start(panel.index, book.parameters.spread), len(panel) - 1
    if first > last:
        position = shares = np.zeros(len(panel))
    else:
        ledger = simulate_pair(pair, spread, book.parameters, first=first, last=last, flatten=False)
        position, shares = ledger.position, ledger.shares_y
    return pd.DataFrame(
        {"position": position, "shares_y": shares, **spread._asdict()}, index=panel.index.rename("session")
    )


def generate_signals(
    panel: Panel,
    pairs: Sequence[PairBook],
    *,
    as_of: object,
    regime: str | None = None,
    stress_scale: float = 0.5,
    opens: Panel | None = None,
) -> SignalResult:
    """Say for every pair what its rules want at the bar after ``as_of``.

    Parameters
    ----------
    panel : closes of all legs
    pairs : what is followed
    as_of : knowledge time; bars after it are not looked at
    regime : published regime of the market on that session, None where it is unknown
    stress_scale : fraction of the usual size in the regime "stress"
    opens : opens of the same sessions, None = orders fill at closes

    Returns
    -------
    SignalResult; the position of every pair equals the backtest's decision of that session

    Notes
    -----
    Timing: uses bars up to and including the last one at or before ``as_of``; act at the bar after it.
    Missing: a pair without a z-score on that bar keeps its position, or stays out.
    """
    stamp = check_timestamp(as_of, name="as_of")
    if stamp is None:
        raise InvalidInput("as_of: expected a date such as 2015-12-31, received nothing")
    if not pairs:
        raise InvalidInput("signals need at least one pair; received an empty list")
    label = None if not regime else _label(regime)
    if not 0 <= stress_scale <= 1:
        raise InvalidParameters(f"need 0 <= stress_scale <= 1; received {stress_scale}")
    known = panel.select(dict.fromkeys(leg for book in pairs for leg in (book.y, book.x))).between(None, stamp)
    if not len(known):
        raise InsufficientData(f"no bar at or before {stamp:%Y-%m-%d}; the panel starts later", as_of=str(stamp))
    known_opens = None if opens is None else opens.between(None, stamp)
    multiplier = float(stress_scale) if label is RegimeLabel.STRESS else 1.0
    rows = [_signal(known, book, known_opens, label, multiplier) for book in pairs]
    return SignalResult(
        as_of=stamp,
        session=known.index[-1],
        n_signals=len(rows),
        n_actionable=sum(row["action"] in _ACTIONABLE for row in rows),
        regime=None if label is None else str(label),
        panel_fingerprint=known.fingerprint,
        table=_table(rows),
    )


def _label(regime: str) -> RegimeLabel:
    try:
        return RegimeLabel(regime)
    except ValueError:
        allowed = ", ".join(repr(member.value) for member in RegimeLabel)
        raise InvalidInput(f"regime: expected one of {allowed} or None, received {regime!r}") from None


def _signal(
    known: Panel, book: PairBook, opens: Panel | None, regime: RegimeLabel | None, multiplier: float
) -> dict[str, Any]:
    spread, rules = book.parameters.spread, book.parameters.rules
    fitted = check_timestamp(spread.fitted_until, name="fitted_until")
    if spread.method is HedgeMethod.FIXED and fitted is not None and fitted >= known.index[-1]:
        raise InvalidInput(
            f"{book.y}/{book.x}: the hedge ratio was fitted until {spread.fitted_until}, which is not before "
            f"{known.index[-1]:%Y-%m-%d}; ask for a later as_of or fit on earlier bars"
        )
    path = decision_path(known, book, opens)
    positions, now = path["position"].to_numpy(), path.iloc[-1]
    position, previous = int(positions[-1]), int(positions[-2]) if len(positions) > 1 else 0
    action = _action(position, previous)
    holding = position or previous
    since = len(positions) - 1
    while holding and since > 0 and positions[since - 1] == holding:
        since -= 1
    decided = path.index[since] if holding else pd.NaT
    weight_y, weight_x = _weights(known, book, path["hedge_ratio"].iloc[since], since) if position else (0.0, 0.0)
    return {
        "y": book.y,
        "x": book.x,
        "source": book.source,
        "action": action,
        "position": position,
        "previous_position": previous,
        "decided": decided,
        "zscore": float(now["zscore"]),
        "spread": float(now["spread"]),
        "hedge_ratio": float(now["hedge_ratio"]),
        "intercept": float(now["intercept"]),
        "entry": rules.entry,
        "exit": rules.exit,
        "stop": math.nan if rules.stop is None else rules.stop,
        "weight_y": position * weight_y * multiplier,
        "weight_x": position * weight_x * multiplier,
        "strength": abs(float(now["zscore"])) / rules.entry,
        "regime": "" if regime is None else str(regime),
        "size_multiplier": multiplier,
        "reason": reason_for(
            book.parameters,
            action=action,
            position=position,
            previous=previous,
            zscore=float(now["zscore"]),
            since=decided,
            unfilled=position == 0 and previous == 0 and now["shares_y"] != 0,
            legs=(book.y, book.x),
        ),
        "parameters": book.parameters.fingerprint(),
    }


def _action(position: int, previous: int) -> SignalAction:
    if position == previous:
        return SignalAction.HOLD if position else SignalAction.STAY_OUT
    if position == 0:
        return SignalAction.EXIT
    return SignalAction.ENTER_LONG if position > 0 else SignalAction.ENTER_SHORT


def _weights(known: Panel, book: PairBook, hedge_ratio: float, row: int) -> tuple[float, float]:
    """Dollars in each leg of one long spread as fractions of capital, at the close that decided it."""
    gross = book.parameters.sizing.gross_exposure
    if book.parameters.spread.kind is SpreadKind.LOG:
        unit = gross / (1.0 + abs(hedge_ratio))
        return unit, -hedge_ratio * unit
    price_y, price_x = known.column(book.y)[row], known.column(book.x)[row]
    unit = gross / (price_y + abs(hedge_ratio) * price_x)
    return float(unit * price_y), float(-hedge_ratio * unit * price_x)


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    for name in ("y", "x", "source", "action", "regime", "reason", "parameters"):
        columns[name] = pd.array([str(value) for value in columns[name]], dtype="str")
    columns["decided"] = pd.DatetimeIndex(columns["decided"], tz="UTC").as_unit("us")
    return pd.DataFrame(columns)
