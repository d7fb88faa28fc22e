"""Read-only lists: backtests, walk-forward studies, regimes, signals, reports."""

from __future__ import annotations

from django_site.trading import models
from django_site.trading.api import rows
from django_site.trading.api.base import RowViews
from django_site.trading.api.filters import RowFilters, SymbolFilter

__all__ = [
    "BacktestTradeViews",
    "BacktestViews",
    "MarketRegimeViews",
    "RegimeModelViews",
    "RegimeShiftViews",
    "ReportViews",
    "SignalViews",
    "WalkForwardFoldViews",
    "WalkForwardViews",
]

BOUNDS = ["gte", "lte"]


class BacktestFilters(RowFilters):
    class Meta:
        model = models.Backtest
        fields = {  # noqa: RUF012
            "run": ["exact"], "y": ["exact"], "x": ["exact"],
            "sharpe_ratio": ["gte"], "max_drawdown": ["gte"], "n_trades": ["gte"],
        }  # fmt: skip


class BacktestViews(RowViews):
    """Backtests with their metrics after costs."""

    owner = "run__owner"
    queryset = models.Backtest.objects.select_related("run")
    serializer_class = rows.BacktestRow
    filterset_class = BacktestFilters
    ordering_fields = (
        "id",
        "sharpe_ratio",
        "annualized_return",
        "max_drawdown",
        "n_trades",
        "turnover",
        "total_cost",
    )


class BacktestTradeFilters(RowFilters):
    class Meta:
        model = models.BacktestTrade
        fields = {"backtest": ["exact"], "side": ["exact"], "reason": ["exact"], "entry": BOUNDS}  # noqa: RUF012


class BacktestTradeViews(RowViews):
    """Two-leg trades: decided at a close, filled later."""

    owner = "backtest__run__owner"
    queryset = models.BacktestTrade.objects.all()
    serializer_class = rows.BacktestTradeRow
    filterset_class = BacktestTradeFilters
    ordering_fields = ("id", "number", "entry", "exit", "pnl", "return_on_gross", "bars")
    ordering = ("-backtest", "number")


class WalkForwardFilters(RowFilters):
    class Meta:
        model = models.WalkForward
        fields = ("run", "selection_inside")


class WalkForwardViews(RowViews):
    """Parameters chosen on the past, judged on what came after."""

    owner = "run__owner"
    queryset = models.WalkForward.objects.all()
    serializer_class = rows.WalkForwardRow
    filterset_class = WalkForwardFilters
    ordering_fields = ("id", "out_of_sample_sharpe", "deflated_sharpe_ratio", "pbo")


class WalkForwardFoldFilters(RowFilters):
    class Meta:
        model = models.WalkForwardFold
        fields = ("walk_forward",)


class WalkForwardFoldViews(RowViews):
    """The windows of walk-forward studies."""

    owner = "walk_forward__run__owner"
    queryset = models.WalkForwardFold.objects.all()
    serializer_class = rows.WalkForwardFoldRow
    filterset_class = WalkForwardFoldFilters
    ordering_fields = ("id", "number", "test_start", "test_sharpe", "test_return")
    ordering = ("-walk_forward", "number")


class RegimeModelFilters(RowFilters):
    class Meta:
        model = models.RegimeModel
        fields = ("run", "symbol", "model", "is_current")


class RegimeModelViews(RowViews):
    """Detections; at most one per symbol and model is current."""

    owner = "run__owner"
    queryset = models.RegimeModel.objects.all()
    serializer_class = rows.RegimeModelRow
    filterset_class = RegimeModelFilters
    ordering_fields = ("id", "symbol", "end", "shifts_per_year")


class MarketRegimeFilters(RowFilters):
    symbol = SymbolFilter("model__symbol")

    class Meta:
        model = models.MarketRegime
        fields = {"model": ["exact"], "regime": ["exact"], "start": BOUNDS, "end": BOUNDS}  # noqa: RUF012


class MarketRegimeViews(RowViews):
    """Unbroken stretches of one regime, as published at the time."""

    owner = "model__run__owner"
    queryset = models.MarketRegime.objects.select_related("model")
    serializer_class = rows.MarketRegimeRow
    filterset_class = MarketRegimeFilters
    ordering_fields = ("id", "number", "start", "bars", "volatility")
    ordering = ("-model", "number")


class RegimeShiftFilters(RowFilters):
    symbol = SymbolFilter("model__symbol")

    class Meta:
        model = models.RegimeShift
        fields = {"model": ["exact"], "to_regime": ["exact"], "session": BOUNDS}  # noqa: RUF012


class RegimeShiftViews(RowViews):
    """The sessions at which the published regime changed."""

    owner = "model__run__owner"
    queryset = models.RegimeShift.objects.select_related("model")
    serializer_class = rows.RegimeShiftRow
    filterset_class = RegimeShiftFilters
    ordering_fields = ("id", "session", "probability")
    ordering = ("-session", "-id")


class SignalFilters(RowFilters):
    y = SymbolFilter("pair__y__symbol")
    x = SymbolFilter("pair__x__symbol")

    class Meta:
        model = models.Signal
        fields = {  # noqa: RUF012
            "pair": ["exact"], "status": ["exact"], "action": ["exact"], "run": ["exact"], "session": BOUNDS,
        }  # fmt: skip


class SignalViews(RowViews):
    """What to do with each pair at the session after ``session``."""

    owner = "owner"
    queryset = models.Signal.objects.with_legs()
    serializer_class = rows.SignalRow
    filterset_class = SignalFilters
    ordering_fields = ("id", "session", "zscore", "strength")
    ordering = ("-session", "-id")


class ReportFilters(RowFilters):
    class Meta:
        model = models.Report
        fields = {"run": ["exact"], "name": ["exact"], "status": ["exact"], "created_at": BOUNDS}  # noqa: RUF012


class ReportViews(RowViews):
    """Rendered reports; ``url`` is the page."""

    owner = "run__owner"
    queryset = models.Report.objects.all()
    serializer_class = rows.ReportRow
    filterset_class = ReportFilters
    ordering_fields = ("id", "created_at", "name")
