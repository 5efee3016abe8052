"""Distances between two sets of points, as many in each: energy and sliced Wasserstein; and what covers what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def squared_distances(points: Float64) -> Float64:
    """Squared Euclidean distances of ``points`` (n, d) from one another, (n, n) with zeros on the diagonal."""
    centred = points - points.mean(axis=0)
    lengths = np.einsum("nd,nd->n", centred, centred)
    squared = lengths[:, None] + lengths[None] - 2 * (centred @ centred.T)
    np.fill_diagonal(squared, 0.0)
    return np.asarray(np.maximum(squared, 0.0))


def energy_distance(squared: Float64) -> float:
    """2 E|x−y| − E|x−x'| − E|y−y'| without bias (Székely & Rizzo 2013); may be slightly below 0 by chance.

    squared: (2n, 2n) squared distances, the first n points of one set and the others of the other.
    """
    n = len(squared) // 2
    distance = np.sqrt(squared)
    within = (distance[:n, :n].sum() + distance[n:, n:].sum()) / (n * (n - 1))
    return float(2 * distance[:n, n:].mean() - within)


def sliced_wasserstein(first: Float64, second: Float64, directions: int, rng: np.random.Generator) -> float:
    """Mean Wasserstein-1 distance of ``first`` and ``second`` (n, d) along random directions.

    It has a bias that falls with n: only rows of the same n compare.
    """
    direction = rng.standard_normal((first.shape[1], directions))
    direction /= np.linalg.norm(direction, axis=0)
    along = [np.sort(side @ direction, axis=0) for side in (first, second)]
    return float(np.abs(along[0] - along[1]).mean())


def coverage(squared: Float64, k: int) -> float:
    """The share of held-out points with a drawn one nearer than their ``k``-th held-out neighbour.

    Naeem et al. 2020, eq. 5. squared: as for ``energy_distance``, the drawn points first.
    """
    n = len(squared) // 2
    held_out = squared[n:, n:].copy()
    np.fill_diagonal(held_out, np.inf)
    reach = np.partition(held_out, min(k, n - 1) - 1, axis=1)[:, min(k, n - 1) - 1]
    return float((squared[n:, :n].min(axis=1) < reach).mean())
