"""One good row of every table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Model

from django_site.trading import models

DAY = datetime(2020, 1, 2, tzinfo=UTC)

__all__ = ["DAY", "later", "one_of_each"]


def later(days: int) -> datetime:
    return DAY + timedelta(days=days)


def one_of_each() -> dict[str, Any]:
    """Stores a connected set of rows; the key is the model's name."""
    rows: dict[str, Model] = {}

    def keep(row: Model) -> Any:
        row.save(force_insert=True)
        return rows.setdefault(type(row).__name__, row)

    run = keep(models.Run(identity="a" * 64, job="scan", title="scan", status="done", parameters={"alpha": 0.05}))
    y = keep(models.Instrument(symbol="KO", name="Coca-Cola"))
    x = models.Instrument.objects.create(symbol="PEP")
    universe = keep(models.Universe(name="sample"))
    keep(models.UniverseMembership(universe=universe, instrument=y, start_on=date(2020, 1, 1)))
    keep(models.CorporateAction(instrument=y, ex_date=date(2020, 1, 1), kind="split", value=2.0))
    series = keep(models.BarSeries(symbol="KO", n_bars=1, first_time=DAY, last_time=DAY))
    keep(models.PriceBar(series=series, time=DAY, open=10.0, high=11.0, low=9.0, close=10.5, volume=100.0))
    keep(models.IngestFile(source="csv", name="prices.csv", sha256="b" * 64, status="done", run=run, started_at=DAY))
    keep(models.RunArtifact(run=run, name="equity", content=b"abc", sha256="c" * 64, n_bytes=3))
    keep(models.Trial(run=run, hypothesis="KO/PEP", n_combinations=12))
    parameters = keep(models.ParameterSet(name="mine", kind="backtest", values={"entry": 2.0}, fingerprint="d" * 64))
    pair = keep(models.TradingPair(y=y, x=x, status="active", parameters=parameters, run=run))
    keep(models.PairTest(run=run, y="KO", x="PEP", p_value=0.01, q_value=0.1, n_obs=500))
    keep(models.PairStability(run=run, y="KO", x="PEP", window_end=DAY, p_value=0.2))
    backtest = keep(
        models.Backtest(
            run=run, y="KO", x="PEP", start=DAY, end=later(9), n_obs=10, execution="next_close",
            engine="kernel",
            sharpe_ratio=1.0, max_drawdown=-0.1, win_rate=0.5, probabilistic_sharpe_ratio=0.8,
        )
    )  # fmt: skip
    keep(
        models.BacktestTrade(
            backtest=backtest,
            number=1,
            side=1,
            decided=DAY,
            entry=later(1),
            exit=later(3),
            bars=2,
            reason="reversion",
        )
    )
    walk = keep(
        models.WalkForward(run=run, selection_inside=True, n_folds=1, n_trials=12, start=DAY, end=later(9), pbo=0.3)
    )
    keep(
        models.WalkForwardFold(
            walk_forward=walk,
            number=1,
            train_start=DAY,
            train_end=later(4),
            test_start=later(5),
            test_end=later(9),
        )
    )
    regimes = keep(
        models.RegimeModel(run=run, symbol="KO", model="jump", n_regimes=2, start=DAY, end=later(9), is_current=True)
    )
    keep(models.MarketRegime(model=regimes, number=1, start=DAY, end=later(4), regime="calm", bars=5))
    keep(models.RegimeShift(model=regimes, session=later(5), from_regime="calm", to_regime="stress", probability=0.9))
    keep(
        models.Signal(
            pair=pair,
            session=DAY,
            parameters_fingerprint="e" * 64,
            run=run,
            as_of=DAY,
            action="enter_long",
            position=1,
        )
    )
    keep(models.Report(run=run, name="pair", title="KO/PEP", identity="f" * 64, inputs=[run.pk]))
    return rows
