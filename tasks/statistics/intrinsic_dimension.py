"""How many dimensions points fill locally, from the distances to their nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.statistics.neighbours import nearest_others

Floats = npt.NDArray[np.float64]

DISCARDED = 0.1
"""Share of the largest distance ratios that TwoNN leaves out."""

NEAREST, FARTHEST = 10, 20
"""The neighbours k over which the maximum likelihood estimate is averaged."""

PARTS = 20
"""Disjoint parts of the points, each left out once for the standard error."""

FEWEST = 3 * FARTHEST
"""Distinct points below which no dimension is given."""


class Estimate(NamedTuple):
    """A dimension and its standard error."""

    dimension: float
    error: float


class Dimensions(NamedTuple):
    """Both estimates over ``points`` distinct points."""

    points: int
    two_nearest: Estimate
    likelihood: Estimate


def intrinsic_dimensions(points: Floats) -> Dimensions | None:
    """Both estimates of points (n, d), exact duplicates dropped; None for too few distinct points."""
    found = _contributions(points)
    if found is None:
        return None
    ratio, inverse = found
    return Dimensions(len(ratio), _jackknife(two_nearest, ratio), _jackknife(likelihood, inverse))


def dimensions_alone(points: Floats) -> tuple[float, float]:
    """TwoNN and the likelihood's dimension of points (n, d) without their errors; NaN for too few distinct points."""
    found = _contributions(points)
    return (two_nearest(found[0]), likelihood(found[1])) if found is not None else (np.nan, np.nan)


def _contributions(points: Floats) -> tuple[Floats, Floats] | None:
    """What each distinct point gives to the two estimates; None for too few of them."""
    distinct = points[np.sort(np.unique(points, axis=0, return_index=True)[1])]
    if len(distinct) < FEWEST:
        return None
    _, distance = nearest_others(distinct, FARTHEST)
    return np.log(distance[:, 1]) - np.log(distance[:, 0]), inverse_likelihood(distance)


def two_nearest(log_ratio: Floats) -> float:
    """TwoNN (Facco et al. 2017, Sci. Rep. 7:12140) from log(r₂/r₁) of every point (n,).

    The slope through the origin of −log(1 − F) on log(r₂/r₁), F = i/n for the i-th smallest, the largest tenth
    left out. Infinite where all nearest neighbours are equally far.
    """
    count = len(log_ratio)
    kept = np.sort(log_ratio)[: max(1, int(count * (1 - DISCARDED)))]
    level = -np.log1p(-np.arange(1, len(kept) + 1) / count)
    squares = float(kept @ kept)
    return float(kept @ level) / squares if squares > 0 else np.inf


def inverse_likelihood(distance: Floats) -> Floats:
    """1/m_k of every point (n, ks) for k from ``NEAREST`` to ``FARTHEST``, from ascending distances (n, FARTHEST).

    Levina & Bickel 2005, eq. 8: 1/m_k = Σ_{j<k} log(T_k/T_j)/(k − 1).
    """
    logs = np.log(distance)
    below = np.cumsum(logs, axis=1)
    return np.stack([logs[:, k - 1] - below[:, k - 2] / (k - 1) for k in range(NEAREST, FARTHEST + 1)], axis=1)


def likelihood(inverse: Floats) -> float:
    """The mean over k of one over the points' mean of 1/m_k (MacKay & Ghahramani 2005); inverse: (n, ks)."""
    mean = inverse.mean(axis=0)
    return float(np.mean(1 / mean)) if np.all(mean > 0) else np.inf


def _jackknife(estimate: Callable[[Floats], float], contributions: Floats) -> Estimate:
    """The estimate and its standard error from leaving out each of ``PARTS`` disjoint parts of the points."""
    part = np.arange(len(contributions)) % PARTS
    values = np.array([estimate(contributions[part != left]) for left in range(PARTS)])
    if not np.all(np.isfinite(values)):
        return Estimate(np.nan, np.nan)
    error = np.sqrt((PARTS - 1) / PARTS * np.sum((values - values.mean()) ** 2))
    return Estimate(estimate(contributions), float(error))
