"""A request is a question as a value: what is asked, which prices it needs, how it is computed and which rows it
leaves.

The same request is built by a notebook cell, a command, a REST call and a worker; its content decides the identity
of the run.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from services.progress import Progress
from titan_research.panel import Panel
from titan_research.parameters import Parameters
from titan_research.types import Field, Interval, Job
from titan_research.validation import check_range, check_symbol, check_symbols

if TYPE_CHECKING:
    from django_site.trading.models import Run

__all__ = ["Need", "PairRequest", "Request", "iso_date"]

R = TypeVar("R")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One panel that a request reads."""

    symbols: tuple[str, ...]
    start: str | None = None
    end: str | None = None
    field: Field = Field.CLOSE
    interval: Interval = Interval.DAY


def iso_date(value: object, *, name: str) -> str | None:
    """A date as written in a request: ISO, days without a time of day, or None for "as far as there is data"."""
    from titan_research.validation import check_timestamp

    stamp = check_timestamp(value, name=name)
    if stamp is None:
        return None
    return str(stamp.strftime("%Y-%m-%d") if stamp == stamp.normalize() else stamp.isoformat())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request(Parameters, Generic[R]):
    """Base of all requests. ``start`` and ``end`` are inclusive ISO dates; None = all there is."""

    job: ClassVar[Job]

    start: str | None = None
    end: str | None = None

    def _validate(self) -> None:
        check_range(self.start, self.end)
        object.__setattr__(self, "start", iso_date(self.start, name="start"))
        object.__setattr__(self, "end", iso_date(self.end, name="end"))
        symbols = getattr(self, "symbols", None)
        if symbols is not None:
            object.__setattr__(self, "symbols", check_symbols(symbols))

    @property
    @abstractmethod
    def title(self) -> str:
        """What a list of runs shows."""

    @property
    def hypothesis(self) -> str | None:
        """What the combinations tried count against in the trial ledger; None = nothing was tried."""
        return None

    @property
    def seed(self) -> int | None:
        return None

    @abstractmethod
    def needs(self) -> tuple[Need, ...]:
        """The panels that `compute` takes, in order."""

    @abstractmethod
    def compute(self, panels: tuple[Panel, ...], progress: Progress) -> R:
        """The answer: a pure function of the panels and the request."""

    @classmethod
    @abstractmethod
    def result_type(cls) -> type[R]:
        """The class of the answer."""

    @abstractmethod
    def write_rows(self, run: Run, result: R) -> None:
        """Leave the rows that lists, the admin and the API show; called inside the transaction that finishes the
        run.
        """

    @abstractmethod
    def headline(self, result: R) -> dict[str, Any]:
        """The few numbers that a list of runs shows."""

    def trials(self, result: R) -> tuple[int, float | None]:
        """How many combinations were tried, and the best Sharpe ratio among them."""
        return 0, None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PairRequest(Request[R]):
    """A question about one pair: y is the dependent leg, x the independent one."""

    y: str
    x: str

    def _validate(self) -> None:
        from titan_research.errors import InvalidInput

        Request._validate(self)
        check_symbol(self.y)
        check_symbol(self.x)
        if self.y == self.x:
            raise InvalidInput(f"a pair needs two different symbols; received {self.y} twice")

    @property
    def pair(self) -> str:
        return f"{self.y}/{self.x}"

    def closes(self) -> Need:
        return Need(symbols=(self.y, self.x), start=self.start, end=self.end)

    def opens(self) -> Need:
        return Need(symbols=(self.y, self.x), start=self.start, end=self.end, field=Field.OPEN)
