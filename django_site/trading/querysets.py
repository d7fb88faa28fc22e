"""Questions that are asked of the tables more than once; every method can be chained."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from titan_research.types import IngestStatus, PairStatus, RunStatus, SignalAction, SignalStatus, TestStatus

__all__ = [
    "BacktestQuerySet",
    "BacktestTradeQuerySet",
    "BarSeriesQuerySet",
    "CorporateActionQuerySet",
    "IngestFileQuerySet",
    "InstrumentQuerySet",
    "MarketRegimeQuerySet",
    "PairStabilityQuerySet",
    "PairTestQuerySet",
    "ParameterSetQuerySet",
    "PriceBarQuerySet",
    "RegimeModelQuerySet",
    "RegimeShiftQuerySet",
    "ReportQuerySet",
    "RunArtifactQuerySet",
    "RunQuerySet",
    "SignalQuerySet",
    "TradingPairQuerySet",
    "TrialQuerySet",
    "UniverseMembershipQuerySet",
    "UniverseQuerySet",
    "WalkForwardFoldQuerySet",
    "WalkForwardQuerySet",
]

Row = TypeVar("Row", bound=models.Model)
Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def _lives_on(day: date, *, first: str, last: str) -> Q:
    begun = Q(**{f"{first}__lte": day}) | Q(**{f"{first}__isnull": True})
    not_over = Q(**{f"{last}__gte": day}) | Q(**{f"{last}__isnull": True})
    return begun & not_over


class InstrumentQuerySet(models.QuerySet[Row]):
    def tradable(self) -> Self:
        return self.filter(is_index=False)

    def listed_on_day(self, day: date) -> Self:
        return self.filter(_lives_on(day, first="listed_on", last="delisted_on"))

    def in_universe(self, name: str, *, day: date) -> Self:
        """Members of the universe as it was on that day."""
        stays = models.Q(memberships__universe__name=name) & _lives_on(
            day, first="memberships__start_on", last="memberships__end_on"
        )
        return self.filter(stays).distinct()


class BarSeriesQuerySet(models.QuerySet[Row]):
    def for_symbols(self, symbols: Iterable[str], *, interval: str) -> Self:
        return self.filter(symbol__in=list(symbols), interval=interval)


class PriceBarQuerySet(models.QuerySet[Row]):
    def for_symbol(self, symbol: str, *, interval: str) -> Self:
        return self.filter(series__symbol=symbol, series__interval=interval)

    def between(self, start: datetime | None, end: datetime | None) -> Self:
        """Both ends inclusive; an open end is None."""
        bounds: dict[str, Any] = {}
        if start is not None:
            bounds["time__gte"] = start
        if end is not None:
            bounds["time__lte"] = end
        return self.filter(**bounds)


class CorporateActionQuerySet(models.QuerySet[Row]):
    def for_symbols(self, symbols: Iterable[str]) -> Self:
        return self.filter(instrument__symbol__in=list(symbols))


class UniverseQuerySet(models.QuerySet[Row]):
    def with_n_members(self, *, day: date) -> Self:
        """Adds ``n_members``, counted on that day."""
        stays = _lives_on(day, first="memberships__start_on", last="memberships__end_on")
        return self.annotate(n_members=models.Count("memberships", filter=stays, distinct=True))


class UniverseMembershipQuerySet(models.QuerySet[Row]):
    def on_day(self, day: date) -> Self:
        return self.filter(_lives_on(day, first="start_on", last="end_on"))


class IngestFileQuerySet(models.QuerySet[Row]):
    def done(self) -> Self:
        return self.filter(status=IngestStatus.DONE.value)

    def with_content(self, sha256: str) -> Self:
        return self.filter(sha256=sha256)


class RunQuerySet(models.QuerySet[Row]):
    def for_job(self, job: str) -> Self:
        return self.filter(job=job)

    def done(self) -> Self:
        return self.filter(status=RunStatus.DONE.value)

    def unfinished(self) -> Self:
        return self.filter(status__in=[RunStatus.QUEUED.value, RunStatus.RUNNING.value])

    def silent_since(self, moment: datetime) -> Self:
        """Running, but without a sign of life since then."""
        silent = Q(heartbeat_at__lt=moment) | Q(heartbeat_at=None)
        return self.filter(silent, status=RunStatus.RUNNING.value)

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="owner")

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def superseded(self) -> Self:
        """The same question was answered again later, from other data."""
        again = self.model._default_manager.filter(
            job=models.OuterRef("job"),
            request=models.OuterRef("request"),
            pk__gt=models.OuterRef("pk"),
            status=RunStatus.DONE.value,
        ).exclude(data_fingerprint=models.OuterRef("data_fingerprint"))
        return self.filter(models.Exists(again))

    def without_documents(self) -> Self:
        """Leaves the long JSON columns in the database; for lists."""
        return self.defer("request", "parameters", "package_versions", "certificate", "error")


class RunArtifactQuerySet(models.QuerySet[Row]):
    def without_content(self) -> Self:
        return self.defer("content")


class TrialQuerySet(models.QuerySet[Row]):
    def against(self, hypothesis: str) -> Self:
        return self.filter(hypothesis=hypothesis)


class TradingPairQuerySet(models.QuerySet[Row]):
    def active(self) -> Self:
        return self.filter(status=PairStatus.ACTIVE.value)

    def of(self, y: str, x: str) -> Self:
        return self.filter(y__symbol=y, x__symbol=x)

    def with_legs(self) -> Self:
        return self.select_related("y", "x")

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="owner")


class PairTestQuerySet(models.QuerySet[Row]):
    def of(self, y: str, x: str) -> Self:
        return self.filter(y=y, x=x)

    def tested(self) -> Self:
        return self.filter(status=TestStatus.OK.value)

    def significant(self, *, alpha: float) -> Self:
        """Cointegrated at this false discovery rate."""
        return self.tested().filter(q_value__lte=alpha)

    def best_first(self) -> Self:
        return self.order_by(
            models.F("q_value").asc(nulls_last=True), models.F("p_value").asc(nulls_last=True), "y", "x"
        )


class PairStabilityQuerySet(models.QuerySet[Row]):
    def of(self, y: str, x: str) -> Self:
        return self.filter(y=y, x=x)


class ParameterSetQuerySet(models.QuerySet[Row]):
    def of_kind(self, kind: str) -> Self:
        return self.filter(kind=kind)

    def for_pair(self, y: str, x: str) -> Self:
        return self.filter(y=y, x=x)

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="owner")


class BacktestQuerySet(models.QuerySet[Row]):
    def of(self, y: str, x: str) -> Self:
        return self.filter(y=y, x=x)

    def best_first(self) -> Self:
        return self.order_by(models.F("sharpe_ratio").desc(nulls_last=True), "pk")

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="run__owner")


class BacktestTradeQuerySet(models.QuerySet[Row]):
    def in_order(self) -> Self:
        return self.order_by("backtest_id", "number")


class WalkForwardQuerySet(models.QuerySet[Row]):
    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="run__owner")


class WalkForwardFoldQuerySet(models.QuerySet[Row]):
    def in_order(self) -> Self:
        return self.order_by("walk_forward_id", "number")


class RegimeModelQuerySet(models.QuerySet[Row]):
    def current(self) -> Self:
        return self.filter(is_current=True)

    def for_symbol(self, symbol: str) -> Self:
        return self.filter(symbol=symbol)

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="run__owner")


class MarketRegimeQuerySet(models.QuerySet[Row]):
    def in_order(self) -> Self:
        return self.order_by("model_id", "number")

    def at(self, session: datetime) -> Self:
        return self.filter(start__lte=session, end__gte=session)


class RegimeShiftQuerySet(models.QuerySet[Row]):
    def newest_first(self) -> Self:
        return self.order_by("-session", "-pk")


class SignalQuerySet(models.QuerySet[Row]):
    def active(self) -> Self:
        return self.filter(status=SignalStatus.ACTIVE.value)

    def entries(self) -> Self:
        return self.filter(action__in=[SignalAction.ENTER_LONG.value, SignalAction.ENTER_SHORT.value])

    def valid_at(self, moment: datetime) -> Self:
        return self.active().filter(Q(valid_until=None) | Q(valid_until__gte=moment))

    def with_legs(self) -> Self:
        return self.select_related("pair__y", "pair__x")

    def newest_first(self) -> Self:
        return self.order_by("-session", "-pk")

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="owner")


class ReportQuerySet(models.QuerySet[Row]):
    def stale(self) -> Self:
        """Reports that show a run which is gone, or which later data answered differently."""
        shown = dict(self.order_by().values_list("pk", "inputs"))
        run: Any = self.model._meta.get_field("run").related_model
        wanted = run._default_manager.filter(pk__in={run for inputs in shown.values() for run in inputs})
        good = set(wanted.values_list("pk", flat=True)) - set(wanted.superseded().values_list("pk", flat=True))
        return self.filter(pk__in=[report for report, inputs in shown.items() if not good.issuperset(inputs)])

    def done(self) -> Self:
        return self.filter(status=RunStatus.DONE.value)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def visible_to(self, user: Any) -> Self:
        return _visible_to(self, user, owner="run__owner")


def _visible_to(rows: Rows, user: Any, *, owner: str) -> Rows:
    """Staff see everything; others what is theirs or nobody's."""
    if user.is_staff:
        return rows
    return rows.filter(Q(**{owner: user}) | Q(**{f"{owner}__isnull": True}))
