"""Performance statistics: pure functions of returns; the tests of a Sharpe ratio take it per period."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = [
    "annualized_return",
    "annualized_volatility",
    "calmar_ratio",
    "deflated_sharpe_ratio",
    "drawdown",
    "expected_maximum_sharpe",
    "kurtosis",
    "max_drawdown",
    "minimum_track_record_length",
    "period_sharpe_ratio",
    "probabilistic_sharpe_ratio",
    "sharpe_ratio",
    "sharpe_ratio_error",
    "skewness",
    "sortino_ratio",
]

Floats = npt.NDArray[np.float64]
EULER = 0.5772156649015329
_NOISE = 1e-14


def _array(returns: npt.ArrayLike) -> Floats:
    return np.asarray(returns, dtype=np.float64)


def annualized_return(returns: npt.ArrayLike, *, periods_per_year: int) -> float:
    """Compound growth a year, as a fraction; -1 after a total loss."""
    values = _array(returns)
    if not len(values):
        return math.nan
    growth = float(np.prod(1.0 + values))
    return float(growth ** (periods_per_year / len(values)) - 1.0) if growth > 0 else -1.0


def annualized_volatility(returns: npt.ArrayLike, *, periods_per_year: int) -> float:
    """Standard deviation (ddof = 1) times the root of the periods a year."""
    values = _array(returns)
    return float(values.std(ddof=1) * math.sqrt(periods_per_year)) if len(values) > 1 else math.nan


def period_sharpe_ratio(returns: npt.ArrayLike) -> float:
    """Mean over standard deviation (ddof = 1), per period; NaN where nothing varies. The risk-free rate is zero."""
    values = _array(returns)
    if len(values) < 2:
        return math.nan
    deviation = float(values.std(ddof=1))
    return float(values.mean() / deviation) if deviation > _NOISE * max(1.0, float(np.abs(values).max())) else math.nan


def sharpe_ratio(returns: npt.ArrayLike, *, periods_per_year: int) -> float:
    """Annualized Sharpe ratio; flat periods count, because the capital was committed."""
    return period_sharpe_ratio(returns) * math.sqrt(periods_per_year)


def skewness(returns: npt.ArrayLike) -> float:
    """Third standardized moment (population)."""
    values = _array(returns)
    deviation = float(values.std()) if len(values) else 0.0
    return float(((values - values.mean()) ** 3).mean() / deviation**3) if deviation > _NOISE else math.nan


def kurtosis(returns: npt.ArrayLike) -> float:
    """Fourth standardized moment (population); 3 for a normal distribution."""
    values = _array(returns)
    deviation = float(values.std()) if len(values) else 0.0
    return float(((values - values.mean()) ** 4).mean() / deviation**4) if deviation > _NOISE else math.nan


def _variance_factor(sharpe: float, skew: float, kurt: float) -> float:
    return 1.0 - skew * sharpe + (kurt - 1.0) / 4.0 * sharpe**2


def sharpe_ratio_error(sharpe: float, *, n_obs: int, skew: float = 0.0, kurt: float = 3.0) -> float:
    """Standard error of a per-period Sharpe ratio (Mertens 2002; Lo 2002 for the normal case)."""
    factor = _variance_factor(sharpe, skew, kurt)
    return math.sqrt(factor / (n_obs - 1)) if n_obs > 1 and factor > 0 else math.nan


def probabilistic_sharpe_ratio(
    sharpe: float, *, n_obs: int, skew: float = 0.0, kurt: float = 3.0, benchmark: float = 0.0
) -> float:
    """Probability that the true Sharpe ratio exceeds ``benchmark`` (Bailey and Lopez de Prado 2012); all per period."""
    from scipy.special import ndtr

    error = sharpe_ratio_error(sharpe, n_obs=n_obs, skew=skew, kurt=kurt)
    return float(ndtr((sharpe - benchmark) / error)) if error > 0 else math.nan


def minimum_track_record_length(
    sharpe: float, *, skew: float = 0.0, kurt: float = 3.0, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """Periods needed to say that the Sharpe ratio exceeds ``benchmark`` (2012); infinite when it does not."""
    from scipy.special import ndtri

    if not sharpe > benchmark:
        return math.inf
    quantile = float(ndtri(confidence))
    return 1.0 + _variance_factor(sharpe, skew, kurt) * (quantile / (sharpe - benchmark)) ** 2


def expected_maximum_sharpe(n_trials: int, *, deviation: float = 1.0) -> float:
    """Expected best Sharpe ratio of ``n_trials`` without skill that spread by ``deviation`` (2014)."""
    from scipy.special import ndtri

    if n_trials < 2:
        return 0.0
    return float(
        deviation * ((1.0 - EULER) * ndtri(1.0 - 1.0 / n_trials) + EULER * ndtri(1.0 - 1.0 / (n_trials * math.e)))
    )


def deflated_sharpe_ratio(
    sharpe: float, *, n_obs: int, n_trials: int, deviation: float, skew: float = 0.0, kurt: float = 3.0
) -> float:
    """Probabilistic Sharpe ratio against the expected best of the trials (Bailey and Lopez de Prado 2014); per period.

    ``deviation`` is the standard deviation of the per-period Sharpe ratios across the trials.
    """
    benchmark = expected_maximum_sharpe(n_trials, deviation=deviation)
    return probabilistic_sharpe_ratio(sharpe, n_obs=n_obs, skew=skew, kurt=kurt, benchmark=benchmark)


def sortino_ratio(returns: npt.ArrayLike, *, periods_per_year: int) -> float:
    """Mean over the root mean square of the losses (target zero, all periods in the denominator), annualized."""
    values = _array(returns)
    if not len(values):
        return math.nan
    downside = math.sqrt(float((np.minimum(values, 0.0) ** 2).mean()))
    return float(values.mean() / downside * math.sqrt(periods_per_year)) if downside > _NOISE else math.nan


def drawdown(equity: npt.ArrayLike) -> Floats:
    """Fraction below the highest equity so far; zero or negative."""
    values = _array(equity)
    return values / np.maximum.accumulate(values) - 1.0 if len(values) else values


def max_drawdown(equity: npt.ArrayLike) -> float:
    """The deepest drawdown; negative, or zero where equity never fell."""
    falls = drawdown(equity)
    return float(falls.min()) if len(falls) else math.nan


def calmar_ratio(returns: npt.ArrayLike, *, periods_per_year: int) -> float:
    """Annualized return over the depth of the worst drawdown of the compounded curve; NaN without a drawdown."""
    values = _array(returns)
    depth = max_drawdown(np.concatenate([[1.0], np.cumprod(1.0 + values)]))
    return annualized_return(values, periods_per_year=periods_per_year) / -depth if depth < 0 else math.nan
