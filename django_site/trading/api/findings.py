"""Read-only lists: what runs found about pairs, and the ledgers beside them."""

from __future__ import annotations

from django_site.trading import models
from django_site.trading.api import rows
from django_site.trading.api.base import RowViews
from django_site.trading.api.filters import RowFilters

__all__ = ["PairStabilityViews", "PairTestViews", "RunArtifactViews", "TrialViews"]

BOUNDS = ["gte", "lte"]


class RunArtifactFilters(RowFilters):
    class Meta:
        model = models.RunArtifact
        fields = ("run", "name")


class RunArtifactViews(RowViews):
    """The stored parts of results; their content comes with ``runs/ID/result/?part=name``."""

    owner = "run__owner"
    queryset = models.RunArtifact.objects.without_content()
    serializer_class = rows.RunArtifactRow
    filterset_class = RunArtifactFilters
    ordering_fields = ("id", "run", "name", "n_bytes")


class TrialFilters(RowFilters):
    class Meta:
        model = models.Trial
        fields = ("run", "hypothesis")


class TrialViews(RowViews):
    """How many combinations were tried against which hypothesis."""

    owner = "run__owner"
    queryset = models.Trial.objects.all()
    serializer_class = rows.TrialRow
    filterset_class = TrialFilters
    ordering_fields = ("id", "n_combinations", "best_sharpe")


class PairTestFilters(RowFilters):
    class Meta:
        model = models.PairTest
        fields = {  # noqa: RUF012
            "run": ["exact"], "y": ["exact"], "x": ["exact"], "status": ["exact"],
            "p_value": ["lte"], "q_value": ["lte"], "half_life": BOUNDS,
        }  # fmt: skip


class PairTestViews(RowViews):
    """Cointegration tests; the null hypothesis is "no cointegration"."""

    owner = "run__owner"
    queryset = models.PairTest.objects.all()
    serializer_class = rows.PairTestRow
    filterset_class = PairTestFilters
    ordering_fields = ("id", "statistic", "p_value", "q_value", "half_life")


class PairStabilityFilters(RowFilters):
    class Meta:
        model = models.PairStability
        fields = {"run": ["exact"], "y": ["exact"], "x": ["exact"], "window_end": BOUNDS}  # noqa: RUF012


class PairStabilityViews(RowViews):
    """The same test in rolling windows."""

    owner = "run__owner"
    queryset = models.PairStability.objects.all()
    serializer_class = rows.PairStabilityRow
    filterset_class = PairStabilityFilters
    ordering_fields = ("id", "window_end", "p_value")
