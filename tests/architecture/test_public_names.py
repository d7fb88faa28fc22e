from __future__ import annotations

import importlib

import pytest

PUBLIC = {
    "titan_research": ["Panel", "DatabaseManager", "CointegrationTester", "BacktestEngine", "RegimeDetector"],
    "titan_research.parameters": [
        "ScanParameters",
        "SpreadParameters",
        "RuleParameters",
        "CostParameters",
        "WalkForwardParameters",
        "RegimeParameters",
    ],
    "titan_research.walkforward": ["WalkForward"],
    "services": [
        "MarketDataService",
        "PairAnalysisService",
        "BacktestService",
        "RegimeDetectionService",
        "SignalGenerationService",
        "ParameterService",
    ],
    "services.workbench": ["open_workbench"],
}


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in PUBLIC.items() for name in names])
def test_a_public_name_can_be_imported(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name)
