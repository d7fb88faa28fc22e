"""The Redis of the task tests, for the worker's door."""

from __future__ import annotations

from tests.tasks.conftest import broker

__all__ = ["broker"]
