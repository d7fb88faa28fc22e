"""The run ledger: one question is one run, whoever asks; nothing half-done stays."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from django_site.trading.models import BarSeries, PairTest, Run, RunArtifact, Trial
from services import BacktestService, MarketDataService, PairAnalysisService, ParameterService, RunService, runs
from services.requests.pair_test import PairTestRequest
from titan_research.errors import Conflict, InsufficientData, InvalidInput, NotFound
from titan_research.parameters import ScanParameters

START = "2018-01-01"


def test_asking_twice_is_one_run_with_the_same_answer(instruments: tuple[str, ...]) -> None:
    service = PairAnalysisService()
    first = service.find_cointegrated_pairs_sync(["KO", "PEP", "PG"], START)
    second = service.find_cointegrated_pairs_sync(["KO", "PEP", "PG"], START)

    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert Run.objects.filter(job="scan").count() == 1
    assert PairTest.objects.count() == 6


def test_other_parameters_another_period_or_other_symbols_are_another_run(instruments: tuple[str, ...]) -> None:
    service = PairAnalysisService()
    service.test_pair_sync("KO", "PEP", START)
    service.test_pair_sync("KO", "PEP", "2018-02-01")
    service.test_pair_sync("PEP", "KO", START)
    service.test_pair_sync("KO", "PEP", START, parameters=ScanParameters(trend="ct"))
    assert Run.objects.count() == 4


def test_equal_dates_in_other_clothes_are_the_same_question(instruments: tuple[str, ...]) -> None:
    service = PairAnalysisService()
    for start in ("2018-01-01", pd.Timestamp("2018-01-01"), pd.Timestamp("2018-01-01", tz="UTC").to_pydatetime()):
        service.test_pair_sync("KO", "PEP", start)
    assert Run.objects.count() == 1


def test_a_failed_computation_leaves_a_failed_run_and_no_rows(instruments: tuple[str, ...]) -> None:
    with pytest.raises(InsufficientData):
        PairAnalysisService().test_pair_sync("KO", "PEP", "2022-12-01")

    run = Run.objects.get()
    assert run.status == "failed"
    assert "need 60" in run.error
    assert not PairTest.objects.exists()
    assert not RunArtifact.objects.exists()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda service: service.test_pair_sync("KO", "NOPE"), NotFound),
        (lambda service: service.test_pair_sync("KO", "KO"), InvalidInput),
        (lambda service: service.test_pair_sync("KO", "ko; drop table"), InvalidInput),
        (lambda service: service.test_pair_sync("KO", "PEP", "2020-01-01", "2019-01-01"), InvalidInput),
        (lambda service: service.test_pair_sync("KO", "PEP", "not a date"), InvalidInput),
        (lambda service: service.find_cointegrated_pairs_sync("no-such-universe"), NotFound),
        (lambda service: service.find_cointegrated_pairs_sync(["KO"]), InvalidInput),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    call: Any, error: type[Exception], instruments: tuple[str, ...]
) -> None:
    with pytest.raises(error):
        call(PairAnalysisService())
    assert not Run.objects.exists()


def test_a_restated_price_makes_a_new_run_and_reproduce_names_the_row(instruments: tuple[str, ...]) -> None:
    backtests, history = BacktestService(), RunService()
    before = backtests.backtest_pair_sync("KO", "PEP", START)
    run = Run.objects.get()
    session = before.equity.index[600]
    MarketDataService().store_prices_sync(pd.DataFrame({"KO": [48.0]}, index=[session]))

    again = history.reproduce_sync(run.pk)
    after = backtests.backtest_pair_sync("KO", "PEP", START)

    assert again.identical
    assert again.same_code
    assert again.changed_rows[["symbol", "session", "after"]].values.tolist() == [["KO", session, 48.0]]
    assert again.headline.loc["sharpe_ratio", "stored"] == before.metrics.sharpe_ratio
    assert again.headline.loc["sharpe_ratio", "today's prices"] == after.metrics.sharpe_ratio
    assert before.metrics.sharpe_ratio != after.metrics.sharpe_ratio
    assert Run.objects.count() == 2


def test_trials_are_counted_over_runs(instruments: tuple[str, ...]) -> None:
    BacktestService().backtest_pair_sync("KO", "PEP", START)
    ParameterService().optimize_sync("KO", "PEP", START, grid={"entries": (1.5, 2.0)})
    ParameterService().optimize_sync("KO", "PEP", START, grid={"entries": (1.5, 2.0)})

    trials = RunService().trials_sync()
    assert trials.set_index("hypothesis").loc["KO/PEP", "n_combinations"] == 1 + 6 * 2 * 3 * 2
    assert Trial.objects.count() == 2


def test_a_queued_run_is_executed_once(instruments: tuple[str, ...]) -> None:
    queued = BacktestService(source="api").enqueue_backtest_sync("KO", "PEP", START)
    assert queued.status == "queued"

    done = RunService(source="worker").execute_sync(queued.id)
    again = RunService(source="worker").execute_sync(queued.id)

    assert done.status == again.status == "done"
    assert again.attempts == 1
    assert BacktestService().enqueue_backtest_sync("KO", "PEP", START).id == queued.id


def test_a_cancelled_run_is_not_executed_but_can_be_asked_for_again(instruments: tuple[str, ...]) -> None:
    queued = BacktestService().enqueue_backtest_sync("KO", "PEP", START)
    RunService().cancel_sync(queued.id)
    assert RunService().execute_sync(queued.id).status == "cancelled"
    assert BacktestService().enqueue_backtest_sync("KO", "PEP", START).status == "queued"


def test_a_queued_run_is_refused_when_its_prices_changed(instruments: tuple[str, ...]) -> None:
    queued = BacktestService().enqueue_backtest_sync("KO", "PEP", START)
    MarketDataService().store_prices_sync(pd.DataFrame({"KO": [48.0]}, index=[pd.Timestamp("2019-01-02", tz="UTC")]))
    with pytest.raises(Conflict, match="revised"):
        RunService().execute_sync(queued.id)
    assert Run.objects.get(pk=queued.id).status == "failed"


def test_only_one_of_two_workers_gets_a_run(instruments: tuple[str, ...]) -> None:
    queued = BacktestService().enqueue_backtest_sync("KO", "PEP", START)
    assert [runs.claim(queued.id), runs.claim(queued.id)] == [True, False]
    Run.objects.filter(pk=queued.id).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert runs.claim(queued.id)


def test_a_run_of_another_user_is_not_handed_out_but_an_unowned_one_is(instruments: tuple[str, ...]) -> None:
    alice, bob = User.objects.create_user("alice"), User.objects.create_user("bob")
    own = PairAnalysisService(owner_id=alice.pk)
    own.test_pair_sync("KO", "PEP", START)
    PairAnalysisService(owner_id=bob.pk).test_pair_sync("KO", "PEP", START)
    own.test_pair_sync("KO", "PEP", START)
    assert sorted(Run.objects.values_list("owner__username", flat=True)) == ["alice", "bob"]

    PairAnalysisService().test_pair_sync("KO", "PG", START)
    PairAnalysisService(owner_id=bob.pk).test_pair_sync("KO", "PG", START)
    assert Run.objects.filter(request__x="PG").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_question_from_eight_threads_is_one_run(sample_prices: tuple[str, ...]) -> None:
    def ask(_: int) -> float:
        from django.db import connections

        try:
            return PairAnalysisService().test_pair_sync("KO", "PEP", START).statistic
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1
    assert Run.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_awaited_and_blocking_give_the_same_stored_run(sample_prices: tuple[str, ...]) -> None:
    async def main() -> float:
        return (await PairAnalysisService().test_pair("KO", "PEP", START)).statistic

    assert asyncio.run(main()) == PairAnalysisService().test_pair_sync("KO", "PEP", START).statistic
    assert Run.objects.count() == 1


def test_an_identity_depends_on_the_question_the_data_and_the_owner() -> None:
    request = PairTestRequest(y="KO", x="PEP")
    keys = {
        runs.identity(request, "a"),
        runs.identity(request, "b"),
        runs.identity(request, "a", owner_id=1),
        runs.identity(PairTestRequest(y="KO", x="PEP", start="2020-01-01"), "a"),
    }
    assert len(keys) == 4
    assert runs.identity(PairTestRequest(y="KO", x="PEP"), "a") in keys


def test_bars_are_the_same_rows_for_the_store_and_the_orm(instruments: tuple[str, ...]) -> None:
    from services.translation import bars_frame

    orm = bars_frame("SPX")
    store = MarketDataService().fetch_bars_sync(["SPX"])
    assert BarSeries.objects.get(symbol="SPX").n_bars == len(orm) == len(store)
    pd.testing.assert_series_equal(orm["close"], store["close"], check_exact=True)
    assert (orm["time"].to_numpy() == store["time"].to_numpy()).all()
