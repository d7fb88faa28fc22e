"""The exception tree."""

from __future__ import annotations

import copy
import inspect
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from titan_research import errors
from titan_research.errors import InsufficientData, InvalidInput, NotFound, TitanError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TitanError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_survives_pickling_and_copying_with_its_details(kind: type[TitanError]) -> None:
    error = kind("expected a, received b", symbol="KO", n_obs=3)
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert type(twin) is kind
        assert str(twin) == "expected a, received b"
        assert twin.details == {"symbol": "KO", "n_obs": 3}


def test_the_tree_answers_to_the_builtin_errors_that_callers_expect() -> None:
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(InsufficientData, InvalidInput)
    assert issubclass(NotFound, LookupError)
    assert sorted(errors.__all__) == sorted(kind.__name__ for kind in KINDS)
    assert str(NotFound("KO is unknown")) == "KO is unknown"


def _fail() -> None:
    raise InsufficientData("KO/PEP: 3 sessions, need 60; widen start", y="KO", n_obs=3)


@pytest.mark.slow
def test_an_error_in_a_worker_process_arrives_whole() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(InsufficientData, match="need 60") as caught,
    ):
        pool.submit(_fail).result()
    assert caught.value.details == {"y": "KO", "n_obs": 3}
