"""Is the best of many trials more than luck? Reality check, probability of overfitting, minimum lengths."""

from __future__ import annotations

import math
from itertools import combinations
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from titan_research.errors import InsufficientData, InvalidInput
from titan_research.results import FrameResult, Result

__all__ = [
    "OverfittingResult",
    "RealityCheckResult",
    "minimum_backtest_length",
    "probability_of_backtest_overfitting",
    "reality_check",
]

Floats = npt.NDArray[np.float64]

_SPLITS_A_CHUNK = 1_024
_NO_VARIANCE = 1e-14


class RealityCheckResult(Result):
    """Null hypothesis: no combination has a mean above zero."""
