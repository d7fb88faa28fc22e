"""Pairs that people follow, and what the tests said about every pair that was looked at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from django_site.trading.models.columns import SymbolField, choices, one_of
from django_site.trading.models.market import Instrument
from django_site.trading.models.runs import Run
from django_site.trading.querysets import PairStabilityQuerySet, PairTestQuerySet, TradingPairQuerySet
from titan_research.types import HedgeMethod, PairStatus, TestStatus

__all__ = ["PairStability", "PairTest", "TradingPair"]

PAIR_STATUSES = choices(PairStatus)
TEST_STATUSES = choices(TestStatus)


def is_fraction(column: str) -> Q:
    """The condition 0 <= column <= 1; NULL passes."""
    return Q(**{f"{column}__gte": 0, f"{column}__lte": 1})


class TradingPair(models.Model):
    """An ordered pair that is followed: y is regressed on x."""

    y = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="pairs_as_y")
    x = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="pairs_as_x")
    hedge_method = models.CharField(max_length=32, choices=choices(HedgeMethod), default=HedgeMethod.ROLLING_OLS.value)
    status = models.CharField(max_length=16, choices=PAIR_STATUSES, default=PairStatus.CANDIDATE.value, db_index=True)
    parameters = models.ForeignKey(
        "trading.ParameterSet", null=True, blank=True, on_delete=models.SET_NULL, related_name="pairs"
    )
    run = models.ForeignKey(
        Run,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="pairs",
        help_text="The run that found it.",
    )
    note = models.TextField(blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="pairs"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TradingPairQuerySet.as_manager()

    class Meta:
        db_table = "trading_pair"
        constraints = (
            models.UniqueConstraint(fields=["y", "x"], name="trading_pair_y_x"),
            models.CheckConstraint(condition=~Q(y=F("x")), name="trading_pair_two_legs"),
            models.CheckConstraint(condition=one_of("status", PairStatus), name="trading_pair_status"),
            models.CheckConstraint(condition=one_of("hedge_method", HedgeMethod), name="trading_pair_hedge_method"),
        )

    def __str__(self) -> str:
        return f"{self.y}/{self.x}"


class PairTest(models.Model):
    """The cointegration test of one ordered pair within one run."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="pair_tests")
    y = SymbolField()
    x = SymbolField()
    statistic = models.FloatField(null=True, blank=True)
    p_value = models.FloatField(null=True, blank=True, help_text="Null hypothesis: no cointegration.")
    p_value_two_directions = models.FloatField(
        null=True, blank=True, help_text="Twice the smaller p-value of the two directions, at most 1."
    )
    q_value = models.FloatField(null=True, blank=True, help_text="Adjusted for every test of the run.")
    lags = models.PositiveIntegerField(null=True, blank=True)
    hedge_ratio = models.FloatField(null=True, blank=True)
    intercept = models.FloatField(null=True, blank=True)
    half_life = models.FloatField(null=True, blank=True, help_text="Bars.")
    n_obs = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=16, choices=TEST_STATUSES, default=TestStatus.OK.value)

    objects = PairTestQuerySet.as_manager()

    class Meta:
        db_table = "pair_test"
        indexes = (
            models.Index(fields=["run", "q_value"], name="pair_test_run_q_value"),
            models.Index(fields=["y", "x"], name="pair_test_y_x"),
        )
        constraints = (
            models.UniqueConstraint(fields=["run", "y", "x"], name="pair_test_run_y_x"),
            models.CheckConstraint(condition=~Q(y=F("x")), name="pair_test_two_legs"),
            models.CheckConstraint(condition=is_fraction("p_value"), name="pair_test_p_value"),
            models.CheckConstraint(condition=is_fraction("p_value_two_directions"), name="pair_test_p_value_two"),
            models.CheckConstraint(condition=is_fraction("q_value"), name="pair_test_q_value"),
            models.CheckConstraint(condition=Q(half_life__gte=0), name="pair_test_half_life"),
            models.CheckConstraint(condition=one_of("status", TestStatus), name="pair_test_status"),
        )

    def __str__(self) -> str:
        return f"{self.y}/{self.x} in run {self.run_id}"


class PairStability(models.Model):
    """The same test on one rolling window; the value of a window uses nothing after ``window_end``."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="pair_stabilities")
    y = SymbolField()
    x = SymbolField()
    window_end = models.DateTimeField(help_text="Last session of the window.")
    statistic = models.FloatField(null=True, blank=True)
    p_value = models.FloatField(null=True, blank=True)
    hedge_ratio = models.FloatField(null=True, blank=True)
    half_life = models.FloatField(null=True, blank=True, help_text="Bars.")

    objects = PairStabilityQuerySet.as_manager()

    class Meta:
        db_table = "pair_stability"
        verbose_name_plural = "pair stabilities"
        constraints = (
            models.UniqueConstraint(fields=["run", "y", "x", "window_end"], name="pair_stability_window"),
            models.CheckConstraint(condition=~Q(y=F("x")), name="pair_stability_two_legs"),
            models.CheckConstraint(condition=is_fraction("p_value"), name="pair_stability_p_value"),
        )

    def __str__(self) -> str:
        return f"{self.y}/{self.x} until {self.window_end:%Y-%m-%d}"
