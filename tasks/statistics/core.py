"""The core: location and scatter that outlying points do not move, by deterministic concentration steps.

The minimum covariance determinant with the deterministic starts of DetMCD (Hubert, Rousseeuw & Verdonck 2012,
J. Comput. Graph. Stat. 21), less its orthogonalised Gnanadesikan–Kettenring start, which compares every pair of
components and would take longer than all the rest; the median absolute deviation serves as univariate scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import chi2, rankdata

from tasks.statistics.covariance import whitening_factor
from tasks.statistics.distance import mahalanobis

Floats = npt.NDArray[np.float64]

MAX_STEPS = 200
CARRIED_ON = 2
"""Of the starts, after two steps each, this many with the smallest determinants are taken to convergence."""


class Robust(NamedTuple):
    """location: (d,); scatter: (d, d), consistent for normal data; start: name of the best; steps: it took;
    subset: points that the concentration steps rested on.
    """

    location: Floats
    scatter: Floats
    start: str
    steps: int
    subset: int


class _Candidate(NamedTuple):
    log_determinant: float
    mean: Floats
    covariance: Floats
    steps: int
    converged: bool
    name: str


def _scale(x: Floats) -> Floats:
    """Median absolute deviation (d,), consistent for normal data; the standard deviation where it is zero."""
    deviation = np.median(np.abs(x - np.median(x, axis=0)), axis=0) * 1.482602218505602
    return np.asarray(np.where(deviation > 0, deviation, x.std(axis=0)))


def _starts(x: Floats) -> Iterator[tuple[str, Floats]]:
    """Scatter matrices (d, d) of robustly standardised ``x`` (n, d) that outliers bend little."""
    yield "tanh", np.atleast_2d(np.corrcoef(np.tanh(x), rowvar=False))
    ranks = rankdata(x, axis=0)
    yield "rank", np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    scores = ndtri((ranks - 1 / 3) / (len(x) + 1 / 3))
    yield "normal scores", np.atleast_2d(np.corrcoef(scores, rowvar=False))
    length = np.linalg.norm(x, axis=1, keepdims=True)
    sign = x / np.where(length > 0, length, 1.0)
    yield "spatial sign", sign.T @ sign / len(x)
    inner = x[_nearest(length[:, 0], -(-len(x) // 2))]
    yield "inner half", np.atleast_2d(np.cov(inner, rowvar=False))


def _nearest(distance: Floats, count: int) -> npt.NDArray[np.intp]:
    """Indices, ascending, of the ``count`` smallest distances; ties by position."""
    return np.sort(np.argsort(distance, kind="stable")[:count])


def _refined_distance(x: Floats, scatter: Floats) -> Floats:
    """Distances (n,) from ``scatter``'s axes with robust scales along them (DetMCD, section 3.2, step 2 and 3)."""
    axes = np.linalg.eigh(scatter)[1]
    scale = _scale(x @ axes)
    if not np.all(scale > 0):
        raise np.linalg.LinAlgError("no spread along an axis")
    whitened = x @ (axes / scale @ axes.T)
    return np.asarray(np.linalg.norm(whitened - np.median(whitened, axis=0), axis=1))


def _moments(x: Floats) -> tuple[Floats, Floats]:
    mean = x.mean(axis=0)
    y = x - mean
    return mean, y.T @ y / (len(x) - 1)


def concentrate(x: Floats, candidate: _Candidate, subset: int, steps: int) -> _Candidate:
    """Up to ``steps`` C-steps: mean and covariance of the ``subset`` points nearest to the present ones.

    Each step lowers the determinant or leaves it (Rousseeuw & Van Driessen 1999, theorem 1).
    """
    for _ in range(steps):
        if candidate.converged:
            break
        chosen = _nearest(mahalanobis(x, candidate.mean, whitening_factor(candidate.covariance)), subset)
        mean, covariance = _moments(x[chosen])
        log_determinant = float(np.linalg.slogdet(covariance)[1])
        converged = log_determinant >= candidate.log_determinant - 1e-12 * len(mean)
        candidate = _Candidate(log_determinant, mean, covariance, candidate.steps + 1, converged, candidate.name)
    return candidate


def minimum_covariance_determinant(x: Floats, subset: int) -> _Candidate:
    """Best of the deterministic starts for ``x`` (n, d), robustly standardised; ``subset`` points are kept.

    Raises ``numpy.linalg.LinAlgError`` if that many points lie in a hyperplane.
    """
    candidates = []
    for name, scatter in _starts(x):
        inner = x[_nearest(_refined_distance(x, scatter), -(-len(x) // 2))]
        start = _Candidate(np.inf, *_moments(inner), 0, False, name)
        candidates.append(concentrate(x, start, subset, 2))
    candidates.sort(key=lambda candidate: candidate.log_determinant)
    finished = [concentrate(x, candidate, subset, MAX_STEPS) for candidate in candidates[:CARRIED_ON]]
    return min(finished, key=lambda candidate: candidate.log_determinant)


def _consistent(x: Floats, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """``covariance`` scaled so that the median of all d² is chi-square's, and those d² (n,)."""
    squared = mahalanobis(x, mean, whitening_factor(covariance)) ** 2
    factor = np.median(squared) / chi2.ppf(0.5, x.shape[1])
    return covariance * factor, squared / factor


def robust_location_scatter(z: Floats, fraction: float = 0.75, probability: float = 0.975) -> Robust:
    """Reweighted minimum covariance determinant of ``z`` (n, d): location and scatter of its core.

    fraction: share of points that the concentration steps keep; probability: chi-square quantile below which a
    point counts in the reweighting step (Rousseeuw & Van Driessen 1999, section 4).
    Raises ``ValueError`` if so many points lie in a hyperplane that no such scatter exists.
    """
    count, components = z.shape
    subset = min(count, max(int(np.ceil(fraction * count)), (count + components + 1) // 2))
    middle, scale = np.median(z, axis=0), _scale(z)
    try:
        x = (z - middle) / scale
        best = minimum_covariance_determinant(x, subset)
        _, squared = _consistent(x, best.mean, best.covariance)
        mean, covariance = _moments(x[squared < chi2.ppf(probability, components)])
        covariance, _ = _consistent(x, mean, covariance)
    except np.linalg.LinAlgError as error:
        raise ValueError(f"{subset} or more of {count} points lie in a hyperplane") from error
    return Robust(middle + scale * mean, covariance * np.outer(scale, scale), best.name, best.steps, subset)


def core_members(z: Floats, location: Floats, factor: Floats, probability: float) -> npt.NDArray[np.bool_]:
    """Which rows of ``z`` (n, d) have a robust d_M² below chi-square's quantile; scatter⁻¹ = factor · factorᵀ: (n,)."""
    return np.asarray(mahalanobis(z, location, factor) ** 2 < chi2.ppf(probability, factor.shape[1]))


def core_share_of_normal(count: int, components: int, fraction: float, probability: float, seed: int) -> float:
    """Share of one simulated normal sample of this size that the same procedure puts into its core.

    Less than ``probability`` where points are few, since the scatter then fits the points that it rests on.
    """
    z = np.random.default_rng(seed).standard_normal((count, components))
    robust = robust_location_scatter(z, fraction, probability)
    return float(core_members(z, robust.location, whitening_factor(robust.scatter), probability).mean())
