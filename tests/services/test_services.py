"""What the services do, on real prices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from django_site.trading.models import Backtest, BacktestTrade, IngestFile, MarketRegime, ParameterSet, Run, Signal
from services import (
    BacktestService,
    MarketDataService,
    PairAnalysisService,
    ParameterService,
    RegimeDetectionService,
    SignalGenerationService,
)
from titan_research.errors import Conflict, InvalidInput, InvalidParameters, NotFound
from titan_research.parameters import BacktestParameters, RegimeParameters, RuleParameters, WalkForwardParameters

START = "2012-01-01"


def test_ingesting_the_sample_twice_changes_nothing(db: None) -> None:
    service = MarketDataService()
    first, second = service.ingest_sync("sample"), service.ingest_sync("sample")
    assert first.n_inserted == second.n_unchanged == first.n_rows > 170_000
    assert second.n_inserted == second.n_changed == 0
    assert len(service.fetch_prices_sync("sample", "2020-01-01", "2020-01-31").columns) == 20


def test_a_csv_is_ingested_with_its_bad_rows_listed_and_a_ledger_entry(db: None, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("symbol,date,close\nAAA,2020-01-02,10\nAAA,2020-01-03,-1\nAAA,2020-01-06,11\n")
    result = MarketDataService().ingest_sync("csv", [file], universe="mine")

    assert (result.n_inserted, result.n_rejected) == (2, 1)
    assert result.rejected["line"].tolist() == [3]
    entry = IngestFile.objects.get()
    assert (entry.status, entry.rows_kept, entry.rows_rejected) == ("done", 2, 1)
    assert MarketDataService().fetch_prices_sync("mine")["AAA"].tolist() == [10.0, 11.0]


def test_a_csv_with_a_wrong_header_writes_nothing(db: None, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("ticker;day;price\nAAA;2020-01-02;10\n")
    with pytest.raises(InvalidInput, match="comma"):
        MarketDataService().ingest_sync("csv", [file])
    assert MarketDataService().symbols_sync() == ()
    assert not IngestFile.objects.exists()


def test_frames_go_in_and_come_out(db: None) -> None:
    index = pd.date_range("2021-01-04", periods=3, tz="UTC").as_unit("us")
    frame = pd.DataFrame({"AAA": [1.0, 2.0, 3.0], "BBB": [4.0, float("nan"), 6.0]}, index=index)
    MarketDataService().store_prices_sync(frame)
    back = MarketDataService().fetch_prices_sync(["AAA", "BBB"])
    pd.testing.assert_frame_equal(back, frame, check_names=False, check_freq=False)


def test_a_universe_knows_its_members_by_date(instruments: tuple[str, ...]) -> None:
    service = MarketDataService()
    service.create_universe_sync("late", ["KO", "PEP"], start_on="2015-01-01")
    service.create_universe_sync("late", ["PG"], start_on="2019-01-01")
    assert list(service.fetch_prices_sync("late", end="2016-12-30").columns) == ["KO", "PEP"]
    assert list(service.fetch_prices_sync("late").columns) == ["KO", "PEP", "PG"]


def test_stores_synchronize_without_duplicates(instruments: tuple[str, ...], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    first = MarketDataService().synchronize_sync(url, ["KO", "PEP"])
    second = MarketDataService().synchronize_sync(url, ["KO", "PEP"])
    assert first.n_inserted == second.n_unchanged == 2 * 8_313
    assert second.n_inserted == second.n_changed == 0


def test_health_names_the_jump(instruments: tuple[str, ...]) -> None:
    report = MarketDataService().health_sync(["VIX"])
    assert "jump" in set(report.issues["kind"])


def test_a_backtest_leaves_rows_that_equal_the_result(instruments: tuple[str, ...]) -> None:
    result = BacktestService().backtest_pair_sync("KO", "PEP", START)
    row = Backtest.objects.get()

    assert row.sharpe_ratio == result.metrics.sharpe_ratio
    assert row.n_trades == len(result.trades) == BacktestTrade.objects.count()
    assert sum(BacktestTrade.objects.values_list("pnl", flat=True)) == pytest.approx(
        result.equity.iloc[-1] - 100_000, rel=1e-9
    )
    assert BacktestService().load_sync(row.run_id).equity.equals(result.equity)
    stress = BacktestService().cost_stress_sync(row.run_id).set_index(["stress", "level"])["sharpe_ratio"]
    assert stress["costs", 0.0] > stress["costs", 1.0] > stress["costs", 3.0]
    assert stress["costs", 1.0] == result.metrics.sharpe_ratio


def test_a_grid_that_is_too_large_is_refused_with_the_count(instruments: tuple[str, ...]) -> None:
    axis = tuple(float(value) for value in range(1, 401))
    grid = {"entries": tuple(value / 1000 + 1 for value in axis), "stops": tuple(value + 3 for value in axis)}
    with pytest.raises(InvalidParameters, match="cap is 5,000,000"):
        ParameterService().optimize_sync("KO", "PEP", grid={**grid, "exits": tuple(value / 1000 for value in axis)})
    assert not Run.objects.exists()


def test_walk_forward_of_a_pair_stores_its_folds(instruments: tuple[str, ...]) -> None:
    result = ParameterService().walk_forward_sync(
        "KO", "PEP", "2014-01-01", parameters=WalkForwardParameters(n_pairs=1)
    )
    run = Run.objects.get(job="walk_forward")
    assert run.walk_forward.folds.count() == result.n_folds == len(result.folds) > 3
    assert (result.folds["train_end"] < result.folds["test_start"]).all()


def test_regimes_are_kept_managed_and_deleted(instruments: tuple[str, ...]) -> None:
    service = RegimeDetectionService()
    parameters = RegimeParameters(min_train=756, refit_every=252, n_starts=2)
    result = service.detect_sync("SPX", START, parameters=parameters)
    other = service.detect_sync("SPX", START, parameters=parameters.replace(penalty=30.0))

    models = service.list_models_sync(symbol="SPX")
    assert models["is_current"].sum() == 1
    assert service.current_sync("SPX")["regime"] == other.current_regime
    first = int(models["run_id"].min())
    service.make_current_sync(first)
    assert len(service.shifts_sync("SPX")) == len(result.shifts)
    assert service.delete_sync(first) == len(result.segments)
    assert MarketRegime.objects.filter(model__run_id=first).count() == 0
    with pytest.raises(NotFound, match="titan regimes"):
        service.current_sync("SPX")


def test_signals_are_generated_once_superseded_and_closed(instruments: tuple[str, ...]) -> None:
    pairs, signals = PairAnalysisService(), SignalGenerationService()
    with pytest.raises(InvalidInput, match="no active trading pair"):
        signals.generate_sync()
    pairs.create_trading_pair_sync("KO", "PEP", parameters=BacktestParameters(rules=RuleParameters(entry=1.5)))
    pairs.create_trading_pair_sync("KO", "PEP", parameters=BacktestParameters(rules=RuleParameters(entry=1.5)))
    pairs.create_trading_pair_sync("PG", "WMT")

    early = signals.generate_sync("2015-06-30")
    late = signals.generate_sync("2015-07-31")
    signals.generate_sync("2015-07-31")

    assert early.n_signals == late.n_signals == 2
    active = signals.active_sync()
    assert len(active) == 2
    assert set(active["session"]) == {late.session}
    assert Signal.objects.count() == 4
    signals.close_signal_sync(int(active["id"].iloc[0]))
    assert len(signals.active_sync()) == 1
    pairs.retire_trading_pair_sync("PG", "WMT")
    assert signals.generate_sync("2015-08-31").n_signals == 1


def test_parameters_are_kept_by_name_and_come_back_as_objects(instruments: tuple[str, ...]) -> None:
    service, chosen = ParameterService(), BacktestParameters(rules=RuleParameters(entry=2.5))
    assert service.save_sync("careful", chosen) == service.save_sync("careful", chosen)
    assert service.load_sync("careful") == chosen
    assert ParameterSet.objects.count() == 1
    with pytest.raises(NotFound):
        service.load_sync("careless")


def test_regime_parameters_need_enough_data_for_a_set_of_their_own(instruments: tuple[str, ...]) -> None:
    result = ParameterService().regime_parameters_sync("KO", "PEP", "2000-01-01", grid={"entries": (1.5, 2.0)})
    table = result.table.set_index("regime")
    assert {"all", "calm", "stress"} <= set(table.index)
    short = table[(table["years"] < 2) | (table["n_trades"] < 30)].drop(index="all", errors="ignore")
    assert not short["own"].any()


def test_loading_a_run_of_another_kind_is_refused(instruments: tuple[str, ...]) -> None:
    PairAnalysisService().test_pair_sync("KO", "PEP", START)
    with pytest.raises(NotFound, match="not a backtest"):
        BacktestService().load_sync(Run.objects.get().pk)
    queued = BacktestService().enqueue_backtest_sync("KO", "PEP", START)
    with pytest.raises(Conflict, match="queued"):
        BacktestService().load_sync(queued.id)
