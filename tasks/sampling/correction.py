"""Moving points toward the local structure of real ones, and giving the set back the spread that this takes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.sampling.points import Points

Float64 = npt.NDArray[np.float64]

BLOCK_VALUES = 2**18
"""Neighbours' values worked on at once: 2 MiB, which stay in the cache."""


def local_projection(points: Points, z: npt.NDArray[np.floating[Any]], k: int, ridge: float) -> Float64:
    """Where ``z`` (n, d) lies in the affine hull of its ``k`` nearest training points: (n, d).

    The weights of locally linear reconstruction (Saul & Roweis 2003, J. Mach. Learn. Res. 4, appendix A), about the
    neighbours' mean: with Y (k, d) their offsets from it, z' = mean + Yᵀ·(Y·Yᵀ + ridge·tr(Y·Yᵀ)/k·I)⁻¹·Y·(z − mean).
    The ridge keeps neighbours that lie nearly in a plane from being extrapolated far beyond it.
    """
    projected = np.empty(z.shape, np.float64)
    step = max(1, BLOCK_VALUES // (k * z.shape[1]))
    for found in points.neighbours.near(z.astype(np.float32), k):
        for start in range(found.queries.start, found.queries.stop, step):
            block = slice(start, min(start + step, found.queries.stop))
            near = found.points[start - found.queries.start :][:step].astype(np.float64)
            projected[block] = _projection(np.asarray(z[block], np.float64), near, ridge)
    return projected


def _projection(z: Float64, near: Float64, ridge: float) -> Float64:
    """That of the points ``z`` (n, d), each on the hull of its own neighbours ``near`` (n, k, d)."""
    k = near.shape[1]
    mean = near.mean(axis=1)
    offset = near - mean[:, None]
    gram = offset @ offset.transpose(0, 2, 1)
    size = np.trace(gram, axis1=1, axis2=2) / k
    # Neighbours that are all the same leave nothing to project on but their mean.
    gram += (np.where(size > 0, ridge * size, 1.0))[:, None, None] * np.eye(k)
    weight = np.linalg.solve(gram, offset @ (z - mean)[:, :, None])
    return np.asarray(mean + (offset.transpose(0, 2, 1) @ weight)[:, :, 0])


class Restoration(NamedTuple):
    """The affine map z ↦ ``target`` + (z − ``mean``)·``matrix``. mean, target: (d,); matrix: (d, d)."""

    mean: Float64
    target: Float64
    matrix: Float64

    def __call__(self, z: Float64) -> Float64:
        """The points ``z`` (n, d) with their set's spread restored."""
        return np.asarray(self.target + (z - self.mean) @ self.matrix)


def restoration(moved: Float64, before: Float64) -> Restoration:
    """The map that gives ``moved`` (n, d) the mean and covariance of ``before`` (n, d), moving points least.

    Optimal transport between normal distributions (Dowson & Landau 1982; Peyré & Cuturi 2019, eq. 2.40):
    A = C₁^(−1/2)·(C₁^(1/2)·C₂·C₁^(1/2))^(1/2)·C₁^(−1/2), symmetric, on the axes along which ``moved`` varies.
    """
    first, second = (np.atleast_2d(np.cov(values, rowvar=False)) for values in (moved, before))
    value, axis = np.linalg.eigh(first)
    kept = value > 1e-10 * max(float(value[-1]), 0.0)
    axis, scale = axis[:, kept], np.sqrt(value[kept])
    inner = (axis * scale).T @ second @ (axis * scale)
    size, turn = np.linalg.eigh(inner)
    root = (turn * np.sqrt(np.maximum(size, 0.0))) @ turn.T
    matrix = (axis / scale) @ root @ (axis / scale).T
    return Restoration(moved.mean(axis=0), before.mean(axis=0), matrix)
