"""Exact nearest neighbours of points in memory, and the normal sample whose neighbourhoods they are compared with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.compute.nearest import flat_index_of

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

SPARE = 8
"""Candidates beyond k: float32 distances of near ties come in an order that rounding decided."""

BLOCK_VALUES = 2**23
"""Values of the exact differences held at once: 64 MiB."""


def nearest_others(points: Floats, k: int, rows: Rows | None = None) -> tuple[Rows, Floats]:
    """The ``k`` nearest other points of ``points[rows]`` (all by default): rows (q, k) and distances (q, k).

    points: (n, d) float64 with k < n. Nearest first, ties to the lower row; a duplicate of a point is another point.
    faiss proposes candidates by float32 distances of centred points; order and distances are then float64.
    """
    if not 1 <= k < len(points):
        raise ValueError(f"k is {k}, expected 1 to {len(points) - 1}, one less than the number of points")
    chosen = np.arange(len(points)) if rows is None else rows
    centred = np.ascontiguousarray(points - points.mean(axis=0), dtype=np.float32)
    index = flat_index_of(centred)
    wanted = min(k + 1 + SPARE, len(points))
    found, distance = np.empty((len(chosen), k), np.int64), np.empty((len(chosen), k))
    step = max(1, BLOCK_VALUES // (wanted * points.shape[1]))
    for start in range(0, len(chosen), step):
        block = chosen[start : start + step]
        _, candidates = index.search(centred[block], wanted)
        part = slice(start, start + step)
        found[part], distance[part] = _exact(points, block, candidates, k)
    return found, distance


def _exact(points: Floats, rows: Rows, candidates: Rows, k: int) -> tuple[Rows, Floats]:
    length = np.linalg.norm(points[candidates] - points[rows][:, None], axis=2)
    length[candidates == rows[:, None]] = np.inf
    order = np.lexsort((candidates, length))[:, :k]
    return np.take_along_axis(candidates, order, 1), np.take_along_axis(length, order, 1)


def unbiased_covariance(covariance: Floats, images: int) -> Floats:
    """A covariance (v, v) of so many ``images``, its covariances times one factor that leaves Σ_{i≠j} C_ij² unbiased.

    Chance adds to them, C_ii C_jj/(n−1) to each square: a normal sample drawn from C as it is would have more
    correlation, and seem to have fewer dimensions, than the data. For normal data
    E C_ij² = σ_ij²·n/(n−1) + σ_ii σ_jj/(n−1) (Schäfer & Strimmer 2005 shrink towards the same target).
    """
    variance = np.diagonal(covariance)
    found = float(np.sum(covariance**2) - np.sum(variance**2))
    chance = float(np.sum(variance) ** 2 - np.sum(variance**2)) / (images - 1)
    kept = np.sqrt(np.clip((found - chance) * (images - 1) / images / found, 0.0, 1.0)) if found > 0 else 0.0
    return np.asarray(kept * covariance + (1 - kept) * np.diag(variance))


def normal_like(covariance: Floats, images: int, count: int, rng: np.random.Generator) -> Floats:
    """``count`` normal points (count, v) about zero; covariance: (v, v), estimated from so many ``images`` ≥ 2."""
    eigenvalue, eigenvector = np.linalg.eigh(unbiased_covariance(covariance, images))
    scale = np.sqrt(np.maximum(eigenvalue, 0.0))
    return np.asarray((rng.standard_normal((count, len(scale))) * scale) @ eigenvector.T)
