from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import IntegrityError, connections, models, transaction
from django.db.models import Max, Min

from django_site.trading.models import (
    BarSeries,
    Instrument,
    MarketRegime,
    PriceBar,
    Report,
    Run,
    Signal,
    TradingPair,
)
from django_site.trading.models.columns import StrictEncoder
from tests.site.rows import DAY, later, one_of_each

pytestmark = pytest.mark.django_db

NAN, INFINITY = float("nan"), float("inf")
BAD: list[tuple[str, dict[str, Any]]] = [
    ("Instrument", {"symbol": ""}),
    ("Instrument", {"symbol": "ko"}),
    ("Instrument", {"symbol": "../X"}),
    ("Instrument", {"symbol": "^GSPC"}),
    ("Instrument", {"symbol": "A B"}),
    ("Instrument", {"listed_on": date(2020, 1, 2), "delisted_on": date(2020, 1, 1)}),
    ("PriceBar", {"close": 0.0}),
    ("PriceBar", {"close": -1.0}),
    ("PriceBar", {"close": INFINITY}),
    ("PriceBar", {"close": NAN}),
    ("PriceBar", {"close": None}),
    ("PriceBar", {"open": 0.0}),
    ("PriceBar", {"open": 1e15}),
    ("PriceBar", {"low": -3.0}),
    ("PriceBar", {"volume": -1.0}),
    ("PriceBar", {"volume": INFINITY}),
    ("PriceBar", {"high": 8.0}),
    ("PriceBar", {"high": 10.0}),
    ("PriceBar", {"low": 10.6}),
    ("CorporateAction", {"value": 0.0}),
    ("CorporateAction", {"kind": "merger"}),
    ("UniverseMembership", {"end_on": date(2019, 12, 31)}),
    ("IngestFile", {"status": "odd"}),
    ("IngestFile", {"rows_kept": -1}),
    ("Run", {"status": "odd"}),
    ("Run", {"source": "odd"}),
    ("Run", {"identity": ""}),
    ("Run", {"progress_done": -1}),
    ("Run", {"started_at": later(1), "finished_at": DAY}),
    ("Trial", {"n_combinations": 0}),
    ("ParameterSet", {"kind": "odd"}),
    ("ParameterSet", {"y": "KO", "x": None}),
    ("ParameterSet", {"y": "KO", "x": "KO"}),
    ("TradingPair", {"x_id": "y_id"}),
    ("TradingPair", {"status": "odd"}),
    ("TradingPair", {"hedge_method": "odd"}),
    ("PairTest", {"x": "KO"}),
    ("PairTest", {"p_value": 1.1}),
    ("PairTest", {"p_value_two_directions": -0.1}),
    ("PairTest", {"q_value": 1.1}),
    ("PairTest", {"half_life": -1.0}),
    ("PairTest", {"status": "odd"}),
    ("PairStability", {"x": "KO"}),
    ("PairStability", {"p_value": -0.1}),
    ("Backtest", {"x": "KO"}),
    ("Backtest", {"start": later(10)}),
    ("Backtest", {"max_drawdown": 0.1}),
    ("Backtest", {"win_rate": 1.1}),
    ("Backtest", {"probabilistic_sharpe_ratio": -0.1}),
    ("BacktestTrade", {"side": 0}),
    ("BacktestTrade", {"decided": later(2)}),
    ("BacktestTrade", {"entry": later(4)}),
    ("BacktestTrade", {"reason": "odd"}),
    ("WalkForward", {"start": later(10)}),
    ("WalkForward", {"deflated_sharpe_ratio": 1.1}),
    ("WalkForward", {"reality_check_p_value": -0.1}),
    ("WalkForward", {"pbo": 1.1}),
    ("WalkForwardFold", {"train_end": later(5)}),
    ("WalkForwardFold", {"train_start": later(5), "train_end": later(4)}),
    ("RegimeModel", {"n_regimes": 1}),
    ("RegimeModel", {"start": later(10)}),
    ("RegimeModel", {"model": "odd"}),
    ("MarketRegime", {"start": later(5)}),
    ("MarketRegime", {"volatility": -0.1}),
    ("RegimeShift", {"to_regime": "calm"}),
    ("RegimeShift", {"probability": 1.1}),
    ("Signal", {"position": 2}),
    ("Signal", {"previous_position": -2}),
    ("Signal", {"size_multiplier": -1.0}),
    ("Signal", {"action": "odd"}),
    ("Signal", {"status": "odd"}),
    ("Report", {"identity": ""}),
    ("Report", {"status": "odd"}),
    ("Report", {"seconds": -1.0}),
]  # fmt: skip
UNIQUE = [
    "Backtest", "BacktestTrade", "BarSeries", "CorporateAction", "Instrument", "MarketRegime",
    "PairStability", "PairTest", "ParameterSet", "RegimeModel", "RegimeShift", "Report", "Run",
    "RunArtifact", "Signal", "TradingPair", "Trial", "Universe", "UniverseMembership", "WalkForward",
    "WalkForwardFold",
]  # fmt: skip


def trading_models() -> list[type[models.Model]]:
    return list(apps.get_app_config("trading").get_models())


@pytest.mark.parametrize(("name", "changes"), BAD, ids=[f"{name}-{'-'.join(changes)}" for name, changes in BAD])
def test_the_database_itself_refuses_a_bad_row(name: str, changes: dict[str, Any]) -> None:
    row = one_of_each()[name]
    changes = {column: row.y_id if value == "y_id" else value for column, value in changes.items()}
    alias = "market" if name == "PriceBar" else "default"

    with pytest.raises(IntegrityError), transaction.atomic(using=alias):
        type(row).objects.filter(pk=row.pk).update(**changes)


def test_every_check_of_every_table_has_a_row_that_breaks_it() -> None:
    tried = {name for name, _ in BAD}
    checked = {
        model.__name__
        for model in trading_models()
        if any(isinstance(constraint, models.CheckConstraint) for constraint in model._meta.constraints)
    }

    assert checked == tried


@pytest.mark.parametrize("name", UNIQUE)
def test_the_same_thing_is_not_stored_twice(name: str) -> None:
    row = one_of_each()[name]
    row.pk = None

    with (
        pytest.raises(IntegrityError),
        transaction.atomic(using="market" if name == "BarSeries" else "default"),
    ):
        type(row).objects.bulk_create([row])


def test_a_second_current_regime_model_of_a_symbol_is_refused() -> None:
    one_of_each()
    again = Run.objects.create(identity="9" * 64, job="regime")
    good = {"run": again, "symbol": "KO", "model": "jump", "n_regimes": 2, "start": DAY, "end": later(1)}
    model = apps.get_model("trading", "RegimeModel")

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**good, is_current=True)
    model.objects.create(**good, is_current=False)


def test_every_row_has_a_name_for_people() -> None:
    rows = one_of_each()

    assert {type(row) for row in rows.values()} == set(trading_models())
    for row in rows.values():
        assert str(row)
        assert "object (" not in str(row)


def test_no_model_sorts_behind_the_back_of_its_caller() -> None:
    assert [model.__name__ for model in trading_models() if model._meta.ordering] == []


def test_a_bar_time_is_an_integer_in_the_file_and_a_utc_datetime_in_python() -> None:
    one_of_each()
    with connections["market"].cursor() as cursor:
        cursor.execute("SELECT time, typeof(time) FROM price_bar")
        assert cursor.fetchall() == [(1_577_923_200, "integer")]

    bar = PriceBar.objects.get()
    assert bar.time == datetime(2020, 1, 2, tzinfo=UTC)
    assert bar.pk == (bar.series_id, bar.time)
    assert PriceBar.objects.get(pk=bar.pk) == bar


def test_bar_times_filter_sort_and_aggregate_like_datetimes() -> None:
    series = BarSeries.objects.create(symbol="PEP")
    PriceBar.objects.bulk_create([PriceBar(series=series, time=later(day), close=1.0 + day) for day in range(5)])
    bars = PriceBar.objects.for_symbol("PEP", interval="1d")

    assert bars.between(later(1), later(3)).count() == 3
    assert bars.between(None, None).count() == 5
    assert bars.filter(time__in=[later(0), later(4)]).count() == 2
    assert bars.filter(time__range=(later(2), later(9))).count() == 3
    assert bars.filter(time__lt=datetime(2020, 1, 3, 0, 0, 0, 1, tzinfo=UTC)).count() == 2
    assert bars.aggregate(first=Min("time"), last=Max("time")) == {"first": later(0), "last": later(4)}
    assert list(bars.order_by("-time").values_list("time", flat=True)[:1]) == [later(4)]
    assert BarSeries.objects.filter(first_time=None).count() == 1


def test_bars_can_be_corrected_in_bulk() -> None:
    series = BarSeries.objects.create(symbol="PEP")
    for close in (1.0, 2.0):
        PriceBar.objects.bulk_create(
            [PriceBar(series=series, time=DAY, close=close)],
            update_conflicts=True, unique_fields=["series_id", "time"], update_fields=["close"],
        )  # fmt: skip

    assert PriceBar.objects.get().close == 2.0


@pytest.mark.parametrize("lookup", ["year", "date", "contains", "time__hour"])
def test_a_lookup_that_sqlite_would_answer_wrongly_is_refused(lookup: str) -> None:
    with pytest.raises(FieldError):
        list(PriceBar.objects.filter(**{f"time__{lookup}": 2020}))


def test_half_seconds_are_refused() -> None:
    series = BarSeries.objects.create(symbol="PEP")

    with pytest.raises(ValueError, match="expected whole seconds"):
        PriceBar.objects.create(series=series, time=DAY.replace(microsecond=5), close=1.0)


@pytest.mark.parametrize("value", [NAN, INFINITY])
def test_a_document_with_nan_is_refused(value: float) -> None:
    assert StrictEncoder().encode({"a": 1.5}) == '{"a": 1.5}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        Run.objects.create(identity="1" * 64, job="scan", summary={"sharpe_ratio": value})


def test_a_plain_connection_can_check_the_whole_file(settings: Any) -> None:
    with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_report_is_stale_when_its_run_was_answered_again_from_other_data() -> None:
    report = one_of_each()["Report"]
    assert not Report.objects.stale().exists()

    Run.objects.create(identity="2" * 64, job="scan", status="done", data_fingerprint="new")
    assert list(Report.objects.stale()) == [report]
    assert list(Report.objects.done().stale().newest_first()) == [report]


def test_a_report_is_stale_when_its_run_is_gone() -> None:
    report = one_of_each()["Report"]
    report.run.delete()

    assert list(Report.objects.stale()) == [report]


def test_a_universe_is_asked_as_it_was_on_a_day() -> None:
    membership = one_of_each()["UniverseMembership"]
    membership.end_on = date(2020, 6, 30)
    membership.save()

    def members(day: date) -> list[str]:
        return [row.symbol for row in Instrument.objects.in_universe("sample", day=day)]

    assert members(date(2019, 12, 31)) == []
    assert members(date(2020, 1, 1)) == members(date(2020, 6, 30)) == ["KO"]
    assert members(date(2020, 7, 1)) == []


def test_questions_can_be_chained(django_user_model: Any) -> None:
    rows = one_of_each()
    anna, staff = django_user_model(username="anna"), django_user_model(username="staff", is_staff=True)
    anna.save()
    Run.objects.create(identity="3" * 64, job="scan", status="running", owner=anna)
    Run.objects.create(identity="4" * 64, job="scan", status="running", heartbeat_at=later(1), owner=anna)
    bert = django_user_model.objects.create(username="bert")

    assert Run.objects.silent_since(DAY).count() == 1
    assert Run.objects.silent_since(later(2)).unfinished().visible_to(anna).count() == 2
    assert Run.objects.visible_to(bert).count() == 1
    assert Run.objects.visible_to(staff).count() == 3
    assert list(TradingPair.objects.active().of("KO", "PEP").with_legs()) == [rows["TradingPair"]]
    assert Signal.objects.valid_at(later(1)).entries().with_legs().newest_first().count() == 1
    assert MarketRegime.objects.at(later(4)).get() == rows["MarketRegime"]
