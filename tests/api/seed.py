"""Rows of every table that belong to one user, or to nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django_site.trading import models

DAY = datetime(2020, 1, 2, tzinfo=UTC)

__all__ = ["DAY", "seed_owned", "seed_shared"]


def later(days: int) -> datetime:
    return DAY + timedelta(days=days)


def seed_shared(n: int) -> None:
    """Rows that have no owner by their nature; the first instruments are KO and PEP."""
    names = ["KO", "PEP", *(f"S{number:03d}" for number in range(n))][: max(2, n)]
    instruments = models.Instrument.objects.bulk_create(models.Instrument(symbol=name) for name in names)
    universe = models.Universe.objects.create(name="sample")
    models.Universe.objects.bulk_create(models.Universe(name=f"u{number}") for number in range(n - 1))
    models.UniverseMembership.objects.bulk_create(
        models.UniverseMembership(universe=universe, instrument=item, start_on=date(2020, 1, 1)) for item in instruments
    )
    models.CorporateAction.objects.bulk_create(
        models.CorporateAction(instrument=item, ex_date=date(2020, 1, 1), kind="split", value=2.0)
        for item in instruments
    )
    series = models.BarSeries.objects.bulk_create(
        models.BarSeries(symbol=name, n_bars=n, first_time=DAY, last_time=later(n - 1)) for name in names
    )
    models.PriceBar.objects.bulk_create(
        models.PriceBar(series=series[0], time=later(i), close=10.0 + i) for i in range(n)
    )


def seed_owned(owner: Any, n: int, *, tag: str) -> dict[str, Any]:
    """``n`` rows of every table that belongs to somebody; returns the first of each, by model name."""
    digit = {"mine": "a", "theirs": "b", "nobodys": "c"}[tag]

    def key(number: int) -> str:
        return f"{digit}{number:063d}"

    first: dict[str, Any] = {}

    def keep(make: Callable[[int], Any]) -> list[Any]:
        rows = [make(number) for number in range(n)]
        model = type(rows[0])
        model.objects.bulk_create(rows)
        first[model.__name__] = rows[0]
        return rows

    runs = keep(
        lambda i: models.Run(
            identity=key(i),
            job="scan",
            title=f"{tag} {i}",
            status="queued",
            owner=owner,
            request={"symbols": ["KO", "PEP"]},
        )
    )
    y, x = f"{digit.upper()}Y", f"{digit.upper()}X"
    legs = [
        models.Instrument.objects.bulk_create(models.Instrument(symbol=f"{leg}{i}") for i in range(n)) for leg in (y, x)
    ]
    keep(lambda i: models.IngestFile(source="csv", name=f"{i}.csv", sha256=key(i), run=runs[i], started_at=DAY))
    keep(lambda i: models.RunArtifact(run=runs[i], name="table", content=b"abc", sha256=key(i), n_bytes=3))
    keep(lambda i: models.Trial(run=runs[i], hypothesis="KO/PEP", n_combinations=12))
    sets = keep(
        lambda i: models.ParameterSet(name=f"{tag}{i}", kind="backtest", values={}, fingerprint=key(i), owner=owner)
    )
    pairs = keep(
        lambda i: models.TradingPair(y=legs[0][i], x=legs[1][i], status="active", parameters=sets[i], owner=owner)
    )
    keep(lambda i: models.PairTest(run=runs[i], y="KO", x="PEP", p_value=0.01, q_value=None, n_obs=500))
    keep(lambda i: models.PairStability(run=runs[i], y="KO", x="PEP", window_end=DAY, p_value=0.2))
    backtests = keep(
        lambda i: models.Backtest(
            run=runs[i],
            y="KO",
            x="PEP",
            start=DAY,
            end=later(9),
            n_obs=10,
            execution="next_close",
            engine="kernel",
        )
    )
    keep(
        lambda i: models.BacktestTrade(
            backtest=backtests[i],
            number=1,
            side=1,
            decided=DAY,
            entry=later(1),
            exit=later(3),
            bars=2,
            reason="stop",
        )
    )
    walks = keep(
        lambda i: models.WalkForward(
            run=runs[i], selection_inside=True, n_folds=1, n_trials=12, start=DAY, end=later(9)
        )
    )
    keep(
        lambda i: models.WalkForwardFold(
            walk_forward=walks[i],
            number=1,
            train_start=DAY,
            train_end=later(4),
            test_start=later(5),
            test_end=later(9),
        )
    )
    detections = keep(
        lambda i: models.RegimeModel(run=runs[i], symbol="SPX", model="jump", n_regimes=2, start=DAY, end=later(9))
    )
    keep(lambda i: models.MarketRegime(model=detections[i], number=1, start=DAY, end=later(4), regime="calm", bars=5))
    keep(lambda i: models.RegimeShift(model=detections[i], session=later(5), from_regime="calm", to_regime="stress"))
    keep(
        lambda i: models.Signal(
            pair=pairs[i],
            session=DAY,
            parameters_fingerprint=key(i),
            run=runs[i],
            as_of=DAY,
            action="enter_long",
            position=1,
            owner=owner,
        )
    )
    keep(lambda i: models.Report(run=runs[i], name="pair", title="KO/PEP", identity=key(i), inputs=[runs[i].pk]))
    return first
