"""Every public coroutine ``x`` of a service has a twin ``x_sync`` with the same signature."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import services

LIFECYCLE = {"initialize", "cleanup"}


def service_classes() -> Iterator[type]:
    for found in pkgutil.iter_modules(services.__path__):
        module = importlib.import_module(f"services.{found.name}")
        for name, kind in vars(module).items():
            if (
                inspect.isclass(kind)
                and kind.__module__ == module.__name__
                and is_service(kind)
                and name != "BaseService"
            ):
                yield kind


def is_service(kind: type) -> bool:
    return any(base.__name__ == "BaseService" for base in kind.__mro__)


def forgotten(kind: type) -> list[str]:
    found = []
    for name, method in vars(kind).items():
        if name.startswith("_") or name in LIFECYCLE or not inspect.iscoroutinefunction(method):
            continue
        twin = vars(kind).get(f"{name}_sync")
        if twin is None:
            found.append(f"{kind.__name__}.{name} has no {name}_sync")
        elif str(inspect.signature(twin)) != str(inspect.signature(method)):
            found.append(f"{kind.__name__}.{name}_sync differs: {inspect.signature(twin)}, {inspect.signature(method)}")
        elif inspect.getdoc(twin) != inspect.getdoc(method):
            found.append(f"{kind.__name__}.{name}_sync lost the docstring")
    return found


def test_no_twin_is_forgotten() -> None:
    kinds = list(service_classes())
    if not kinds:
        pytest.skip("no services yet")

    assert [line for kind in kinds for line in forgotten(kind)] == []


def test_the_check_itself_finds_a_forgotten_twin() -> None:
    class Lonely:
        async def scan(self, symbols: list[str]) -> int:
            return len(symbols)

    class Different(Lonely):
        async def scan(self, symbols: list[str]) -> int:
            return len(symbols)

        def scan_sync(self, symbol: str) -> int:
            return len(symbol)

    assert forgotten(Lonely) == ["Lonely.scan has no scan_sync"]
    assert "differs" in forgotten(Different)[0]
