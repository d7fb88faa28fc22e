"""The tables of TITAN."""

from django_site.trading.models.backtests import Backtest, BacktestTrade, WalkForward, WalkForwardFold
from django_site.trading.models.ingests import IngestFile
from django_site.trading.models.market import BarSeries, CorporateAction, Instrument, PriceBar
from django_site.trading.models.pairs import PairStability, PairTest, TradingPair
from django_site.trading.models.parameters import ParameterSet
from django_site.trading.models.regimes import MarketRegime, RegimeModel, RegimeShift
from django_site.trading.models.reports import Report
from django_site.trading.models.runs import Run, RunArtifact, Trial
from django_site.trading.models.signals import Signal
from django_site.trading.models.universes import Universe, UniverseMembership

__all__ = [
    "Backtest",
    "BacktestTrade",
    "BarSeries",
    "CorporateAction",
    "IngestFile",
    "Instrument",
    "MarketRegime",
    "PairStability",
    "PairTest",
    "ParameterSet",
    "PriceBar",
    "RegimeModel",
    "RegimeShift",
    "Report",
    "Run",
    "RunArtifact",
    "Signal",
    "TradingPair",
    "Trial",
    "Universe",
    "UniverseMembership",
    "WalkForward",
    "WalkForwardFold",
]
