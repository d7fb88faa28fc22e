"""Backtests with their trades, walk-forward studies with their folds; undefined metrics are NULL."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from django_site.trading.models.columns import StrictJSONField, SymbolField, choices, one_of
from django_site.trading.models.runs import Run
from django_site.trading.querysets import (
    BacktestQuerySet,
    BacktestTradeQuerySet,
    WalkForwardFoldQuerySet,
    WalkForwardQuerySet,
)
from titan_research.types import ExitReason

__all__ = ["Backtest", "BacktestTrade", "WalkForward", "WalkForwardFold"]


def metric(**options: Any) -> models.FloatField[float | None, float | None]:
    """A number that is NULL where it is undefined, never NaN."""
    return models.FloatField(null=True, blank=True, **options)


class Backtest(models.Model):
    """One pair, one set of parameters, one period."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="backtest")
    y = SymbolField()
    x = SymbolField()
    parameters = StrictJSONField(default=dict)
    start = models.DateTimeField(help_text="First session.")
    end = models.DateTimeField(help_text="Last session.")
    n_obs = models.PositiveIntegerField()
    execution = models.CharField(max_length=100, help_text="When a decision is filled.")
    engine = models.CharField(max_length=64, help_text="Name and version of what simulated it.")
    total_return = metric()
    annualized_return = metric()
    annualized_volatility = metric()
    sharpe_ratio = metric()
    sortino_ratio = metric()
    calmar_ratio = metric()
    max_drawdown = metric(help_text="Negative fraction of the peak.")
    probabilistic_sharpe_ratio = metric(help_text="Probability that the true Sharpe ratio is above zero.")
    win_rate = metric()
    turnover = metric()
    total_cost = metric()
    n_trades = models.PositiveIntegerField(null=True, blank=True)

    objects = BacktestQuerySet.as_manager()

    class Meta:
        db_table = "backtest"
        indexes = (models.Index(fields=["y", "x"], name="backtest_y_x"),)
        constraints = (
            models.CheckConstraint(condition=~Q(y=F("x")), name="backtest_two_legs"),
            models.CheckConstraint(condition=Q(start__lte=F("end")), name="backtest_starts_before_it_ends"),
            models.CheckConstraint(condition=Q(max_drawdown__lte=0), name="backtest_max_drawdown"),
            models.CheckConstraint(condition=Q(win_rate__gte=0, win_rate__lte=1), name="backtest_win_rate"),
            models.CheckConstraint(
                condition=Q(probabilistic_sharpe_ratio__gte=0, probabilistic_sharpe_ratio__lte=1),
                name="backtest_probabilistic_sharpe",
            ),
        )

    def __str__(self) -> str:
        return f"{self.y}/{self.x} {self.start:%Y-%m-%d}..{self.end:%Y-%m-%d}"


class BacktestTrade(models.Model):
    """One two-leg trade: decided at the close of one session, filled at a later one."""

    backtest = models.ForeignKey(Backtest, on_delete=models.CASCADE, related_name="trades")
    number = models.PositiveIntegerField()
    side = models.SmallIntegerField(choices=[(1, "long the spread"), (-1, "short the spread")])
    decided = models.DateTimeField()
    entry = models.DateTimeField()
    exit = models.DateTimeField()
    bars = models.PositiveIntegerField()
    reason = models.CharField(max_length=16, choices=choices(ExitReason))
    hedge_ratio = metric()
    shares_y = metric()
    shares_x = metric()
    gross_pnl = metric()
    commission = metric()
    slippage = metric()
    borrow = metric()
    pnl = metric(help_text="After all costs.")
    return_on_gross = metric(help_text="pnl over the gross exposure at entry.")

    objects = BacktestTradeQuerySet.as_manager()

    class Meta:
        db_table = "backtest_trade"
        constraints = (
            models.UniqueConstraint(fields=["backtest", "number"], name="backtest_trade_number"),
            models.CheckConstraint(condition=Q(side__in=[-1, 1]), name="backtest_trade_side"),
            models.CheckConstraint(condition=Q(decided__lte=F("entry")), name="backtest_trade_decided_before_entry"),
            models.CheckConstraint(condition=Q(entry__lte=F("exit")), name="backtest_trade_entry_before_exit"),
            models.CheckConstraint(condition=one_of("reason", ExitReason), name="backtest_trade_reason"),
        )

    def __str__(self) -> str:
        return f"trade {self.number} of backtest {self.backtest_id}"


class WalkForward(models.Model):
    """Parameters chosen on training data and held on the test data after it, again and again."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="walk_forward")
    selection_inside = models.BooleanField(help_text="Pairs were selected inside each training window.")
    n_folds = models.PositiveIntegerField()
    n_trials = models.PositiveIntegerField(help_text="Combinations that were tried, counted in the trial ledger.")
    in_sample_sharpe = metric()
    out_of_sample_sharpe = metric()
    walk_forward_efficiency = metric(help_text="Out-of-sample over in-sample annualized return.")
    deflated_sharpe_ratio = metric()
    reality_check_p_value = metric()
    pbo = metric(help_text="Probability of backtest overfitting.")
    verdict = models.CharField(max_length=500, blank=True, default="")
    start = models.DateTimeField()
    end = models.DateTimeField()

    objects = WalkForwardQuerySet.as_manager()

    class Meta:
        db_table = "walk_forward"
        constraints = (
            models.CheckConstraint(condition=Q(start__lte=F("end")), name="walk_forward_starts_before_it_ends"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{column}__gte": 0, f"{column}__lte": 1}), name=f"walk_forward_{column}"
                )
                for column in ("deflated_sharpe_ratio", "reality_check_p_value", "pbo")
            ),
        )

    def __str__(self) -> str:
        return f"walk-forward of run {self.run_id}"


class WalkForwardFold(models.Model):
    """One training window and the test window after it."""

    walk_forward = models.ForeignKey(WalkForward, on_delete=models.CASCADE, related_name="folds")
    number = models.PositiveIntegerField()
    train_start = models.DateTimeField()
    train_end = models.DateTimeField()
    test_start = models.DateTimeField()
    test_end = models.DateTimeField()
    n_survivors = models.PositiveIntegerField(default=0, help_text="Pairs that passed the training window.")
    train_sharpe = metric()
    test_sharpe = metric()
    test_return = metric()
    choices = StrictJSONField(default=list, blank=True, help_text="What was chosen on the training window.")

    objects = WalkForwardFoldQuerySet.as_manager()

    class Meta:
        db_table = "walk_forward_fold"
        constraints = (
            models.UniqueConstraint(fields=["walk_forward", "number"], name="walk_forward_fold_number"),
            models.CheckConstraint(
                condition=Q(train_start__lte=F("train_end"), test_start__lte=F("test_end")),
                name="walk_forward_fold_windows",
            ),
            models.CheckConstraint(
                condition=Q(train_end__lt=F("test_start")), name="walk_forward_fold_trains_before_it_tests"
            ),
        )

    def __str__(self) -> str:
        return f"fold {self.number} of walk-forward {self.walk_forward_id}"
