"""Parameters cannot be wrong and have a stable fingerprint."""

from __future__ import annotations

import inspect
import json
import pickle
import subprocess
import sys

import pytest

from titan_research import parameters
from titan_research.errors import InvalidParameters
from titan_research.parameters import (
    BacktestParameters,
    CostParameters,
    Parameters,
    RegimeParameters,
    RuleParameters,
    ScanParameters,
    SizingParameters,
    SpreadParameters,
    WalkForwardParameters,
)
from titan_research.types import HedgeMethod, SpreadKind, Trend

KINDS = [
    kind
    for _, kind in inspect.getmembers(parameters, inspect.isclass)
    if issubclass(kind, Parameters) and kind is not Parameters
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_defaults_are_valid_and_survive_json_and_pickle(kind: type[Parameters]) -> None:
    default = kind()
    document = json.loads(json.dumps(default.to_dict(), allow_nan=False))
    assert kind.from_dict(document) == default == pickle.loads(pickle.dumps(default))
    assert kind.from_dict(document).fingerprint() == default.fingerprint()


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_name_is_answered_with_the_known_ones(kind: type[Parameters]) -> None:
    with pytest.raises(InvalidParameters, match=rf"unknown parameters \['windwo'\] for {kind.__name__}; known are"):
        kind.from_dict({"windwo": 3})


def test_every_kind_has_a_fingerprint_of_its_own() -> None:
    assert len({kind().fingerprint() for kind in KINDS}) == len(KINDS)


def test_a_fingerprint_depends_on_every_value_and_on_nothing_else() -> None:
    rules = RuleParameters()
    assert rules.fingerprint() == RuleParameters(entry=2, exit=0.5).fingerprint()
    assert rules.fingerprint() != rules.replace(entry=2.5).fingerprint()
    assert rules.fingerprint() != rules.replace(stop=None).fingerprint()
    nested = BacktestParameters(rules=rules)
    assert nested.fingerprint() != BacktestParameters(rules=rules.replace(exit=0.25)).fingerprint()


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    code = "from titan_research.parameters import WalkForwardParameters as W; print(W().fingerprint())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == WalkForwardParameters().fingerprint()


def test_strings_become_enums_and_mappings_become_parameters() -> None:
    assert ScanParameters(trend="ct").trend is Trend.CONSTANT_TREND  # type: ignore[arg-type]
    nested = BacktestParameters.from_dict({"spread": {"kind": "price"}, "costs": {"commission": 0}})
    assert nested.spread.kind is SpreadKind.PRICE
    assert nested.costs.commission == 0.0
    assert isinstance(nested.costs.commission, float)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (ScanParameters, {"trend": "x"}, r"trend must be one of 'n', 'c', 'ct'; received 'x'"),
        (ScanParameters, {"alpha": 0.0}, "need 0 < alpha < 1"),
        (ScanParameters, {"alpha": float("nan")}, "alpha must be a finite number"),
        (ScanParameters, {"alpha": "0.05"}, "alpha must be a number"),
        (ScanParameters, {"maxlag": -1}, "need maxlag >= 0"),
        (ScanParameters, {"maxlag": 1.5}, "maxlag must be a whole number"),
        (ScanParameters, {"maxlag": True}, "maxlag must be a whole number"),
        (
            ScanParameters,
            {"min_half_life": 9.0, "max_half_life": 9.0},
            "need 0 <= min_half_life < max_half_life",
        ),
        (ScanParameters, {"min_obs": 10}, "need min_obs >= 30"),
        (SpreadParameters, {"hedge_window": 5}, "need hedge_window >= 20"),
        (SpreadParameters, {"zscore_window": 2}, "need zscore_window >= 5"),
        (SpreadParameters, {"method": "fixed"}, "needs hedge_ratio, intercept and fitted_until"),
        (RuleParameters, {"entry": 0.0, "exit": -0.1}, "need entry > 0"),
        (RuleParameters, {"exit": 2.0}, "need exit < entry"),
        (RuleParameters, {"exit": -2.0}, "need exit > -entry"),
        (RuleParameters, {"stop": 2.0}, "need stop > entry"),
        (RuleParameters, {"stop": float("inf")}, "stop must be a finite number"),
        (RuleParameters, {"max_holding": 0}, "need max_holding >= 1"),
        (CostParameters, {"commission": -0.1}, "need commission >= 0"),
        (CostParameters, {"slippage": 5.0}, "fractions, below 0.1"),
        (SizingParameters, {"capital": 0.0}, "need capital > 0"),
        (SizingParameters, {"gross_exposure": 5.0}, "need 0 < gross_exposure <= 4"),
        (WalkForwardParameters, {"formation": 100}, "need formation >= hedge_window"),
        (WalkForwardParameters, {"entries": ()}, "at least one value in entries"),
        (WalkForwardParameters, {"exits": (2.0,)}, "need every exit < every entry < every stop"),
        (WalkForwardParameters, {"zscore_windows": (900,)}, "need zscore_windows below formation"),
        (WalkForwardParameters, {"purge": 756}, "need 0 <= purge < formation"),
        (RegimeParameters, {"n_regimes": 4}, "need n_regimes 2 or 3"),
        (RegimeParameters, {"penalty": -1.0}, "need penalty >= 0"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_received(
    kind: type[Parameters], values: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidParameters, match=message):
        kind(**values)


def test_costs_are_on_by_default_and_free_is_free() -> None:
    assert CostParameters().commission > 0
    assert set(CostParameters.free().to_dict().values()) == {0.0}


def test_the_warmup_covers_what_the_first_zscore_needs() -> None:
    assert SpreadParameters(hedge_window=100, zscore_window=60).warmup >= 100
    fixed = SpreadParameters(
        method=HedgeMethod.FIXED, hedge_ratio=1.0, intercept=0.0, fitted_until="2020-01-01", zscore_window=30
    )
    assert fixed.warmup == 30


def test_the_grid_counts_its_combinations() -> None:
    walk = WalkForwardParameters(zscore_windows=(20, 40), entries=(1.5, 2.0), exits=(0.0,), stops=(3.0, 4.0))
    assert walk.n_combinations == 8
