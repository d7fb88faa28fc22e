"""The exception tree of TITAN.

TitanError(message, **details)        message = what was expected, what was received, what to do
├── InvalidInput (ValueError)         the caller's fault
│   ├── InvalidParameters
│   └── InsufficientData
├── NotFound (LookupError)
├── Conflict                          same key, other content
├── ComputationFailed                 did not converge
├── SourceError                       the outside world
├── StoreUnavailable                  database or pool
└── NotConfigured
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ComputationFailed",
    "Conflict",
    "InsufficientData",
    "InvalidInput",
    "InvalidParameters",
    "NotConfigured",
    "NotFound",
    "SourceError",
    "StoreUnavailable",
    "TitanError",
]


class TitanError(Exception):
    """Base of everything that TITAN raises on purpose; survives a process boundary with its details."""

    def __init__(self, message: str, /, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.details)

    def __str__(self) -> str:
        return self.message


def _rebuild(kind: type[TitanError], message: str, details: dict[str, Any]) -> TitanError:
    return kind(message, **details)


class InvalidInput(TitanError, ValueError):
    """The caller asked for something that cannot be."""


class InvalidParameters(InvalidInput):
    """A parameter is outside its range or contradicts another."""


class InsufficientData(InvalidInput):
    """The question needs more bars than there are."""


class NotFound(TitanError, LookupError):
    """A symbol, run, pair or report that does not exist."""


class Conflict(TitanError):
    """The same key is already there with other content."""


class ComputationFailed(TitanError):
    """An estimator did not converge or produced no finite number."""


class SourceError(TitanError):
    """A file or a vendor could not be read."""


class StoreUnavailable(TitanError):
    """The database cannot be reached or is out of connections."""


class NotConfigured(TitanError):
    """A feature was asked for whose setting or optional package is missing."""
