"""Compiled loops of the jump model and of the forward filter; imported inside functions only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["descend", "filter_forward", "log_densities", "plus_plus_centers", "value_matrix", "viterbi"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def _loss(row: Floats, center: Floats) -> float:
    if np.isnan(center[0]):
        return np.inf
    total = 0.0
    for j in range(row.size):
        gap = row[j] - center[j]
        total += gap * gap
    return 0.5 * total


@njit(cache=True, nogil=True, error_model="numpy")
def value_matrix(X: Floats, centers: Floats, penalty: float) -> Floats:
    """V[t, k]: cost of the cheapest path over bars 0..t that ends in state k; row t never looks beyond t."""
    n, k = X.shape[0], centers.shape[0]
    V = np.empty((n, k))
    cheapest = 0.0
    for t in range(n):
        lowest = np.inf
        for s in range(k):
            before = 0.0 if t == 0 else min(V[t - 1, s], cheapest + penalty)
            V[t, s] = _loss(X[t], centers[s]) + before
            lowest = min(lowest, V[t, s])
        cheapest = lowest
    return V


@njit(cache=True, nogil=True, error_model="numpy")
def viterbi(V: Floats, penalty: float) -> Ints:
    """The cheapest path over all bars: every label looks at the whole sample."""
    n, k = V.shape
    labels = np.empty(n, np.int64)
    here = int(np.argmin(V[n - 1]))
    labels[n - 1] = here
    for t in range(n - 2, -1, -1):
        best, lowest = here, np.inf
        for s in range(k):
            cost = V[t, s] if s == here else V[t, s] + penalty
            if cost < lowest:
                best, lowest = s, cost
        here = best
        labels[t] = here
    return labels


@njit(cache=True, nogil=True, error_model="numpy")
def plus_plus_centers(X: Floats, draws: Floats) -> Floats:
    """Greedy k-means++ seeding from uniform ``draws`` (states x trials)."""
    n, f = X.shape
    k, trials = draws.shape
    centers = np.empty((k, f))
    centers[0] = X[min(int(draws[0, 0] * n), n - 1)]
    nearest = np.empty(n)
    for t in range(n):
        nearest[t] = _loss(X[t], centers[0])
    for s in range(1, k):
        total = nearest.sum()
        best, lowest = 0, np.inf
        for trial in range(trials):
            target, cumulated, chosen = draws[s, trial] * total, 0.0, n - 1
            for t in range(n):
                cumulated += nearest[t]
                if cumulated > target:
                    chosen = t
                    break
            potential = 0.0
            for t in range(n):
                potential += min(nearest[t], _loss(X[t], X[chosen]))
            if potential < lowest:
                best, lowest = chosen, potential
        centers[s] = X[best]
        for t in range(n):
            nearest[t] = min(nearest[t], _loss(X[t], centers[s]))
    return centers


@njit(cache=True, nogil=True, error_model="numpy")
def descend(X: Floats, centers: Floats, penalty: float, max_iter: int, tol: float) -> tuple[Floats, Ints, float]:
    """Coordinate descent: best path for the centres, best centres for the path, until neither changes."""
    n, f = X.shape
    k = centers.shape[0]
    centers = centers.copy()
    V = value_matrix(X, centers, penalty)
    labels, value = viterbi(V, penalty), V[n - 1].min()
    for _ in range(max_iter):
        counts = np.zeros(k)
        sums = np.zeros((k, f))
        for t in range(n):
            counts[labels[t]] += 1.0
            for j in range(f):
                sums[labels[t], j] += X[t, j]
        for s in range(k):
            for j in range(f):
                centers[s, j] = sums[s, j] / counts[s] if counts[s] > 0 else np.nan
        before_labels, before = labels, value
        V = value_matrix(X, centers, penalty)
        labels, value = viterbi(V, penalty), V[n - 1].min()
        if before - value <= tol or np.array_equal(labels, before_labels):
            break
    return centers, labels, value


@njit(cache=True, nogil=True, error_model="numpy")
def log_densities(X: Floats, means: Floats, scales: Floats) -> Floats:
    """Log densities (bars x states) of independent Gaussians, less a constant; -inf for empty states."""
    n, f = X.shape
    k = means.shape[0]
    out = np.full((n, k), -np.inf)
    for s in range(k):
        if np.isnan(means[s, 0]):
            continue
        for t in range(n):
            total = 0.0
            for j in range(f):
                score = (X[t, j] - means[s, j]) / scales[s, j]
                total -= 0.5 * score * score + np.log(scales[s, j])
            out[t, s] = total
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def filter_forward(log_density: Floats, transition: Floats, initial: Floats) -> Floats:
    """Row t: probability of every state given bars 0..t: predict with the transition matrix, weigh, scale."""
    n, k = log_density.shape
    out = np.empty((n, k))
    prior = initial.copy()
    for t in range(n):
        top = log_density[t].max()
        total = 0.0
        for s in range(k):
            out[t, s] = prior[s] * np.exp(log_density[t, s] - top)
            total += out[t, s]
        for s in range(k):
            out[t, s] /= total
        for s in range(k):
            prior[s] = 0.0
            for j in range(k):
                prior[s] += out[t, j] * transition[j, s]
    return out
