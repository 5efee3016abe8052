"""The nearest points of queries among points that come in blocks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.compute.nearest import PRODUCT

Float32 = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def nearest_of(points: Float32, queries: Float32, k: int) -> tuple[Float32, Rows]:
    """What ``flat_index_of`` those points finds, squared distances and rows (q, k), without a copy of them."""
    import faiss  # takes long, and a configuration does without it

    faiss.cvar.distance_compute_blas_threshold = PRODUCT
    squared, rows = faiss.knn(queries, points, k)
    return squared, rows


class Candidates:
    """The nearest points of q queries among blocks of points, which need not be in memory together.

    squared: (q, k) float32, rows: (q, k), nearest first; ties go to the block that was added earlier.
    """

    def __init__(self, queries: int, k: int, dimension: int) -> None:
        self.squared = np.full((queries, k), np.inf, np.float32)
        self.rows: Rows = np.full((queries, k), -1)
        self._points = np.empty((queries, k, dimension), np.float32)
        # Points stay where they are and only their places are sorted: most outlive nearly all blocks.
        self._place = np.tile(np.arange(k), (queries, 1))

    def add(self, first: int, block: Float32, squared: Float32, nearest: Rows) -> None:
        """Look through the ``nearest`` (q, c) points of a ``block`` (m, d), whose first one is the row ``first``."""
        k = self.rows.shape[1]
        changed = np.flatnonzero((squared < self.squared[:, -1:]).any(axis=1))
        both = np.concatenate([self.squared[changed], squared[changed]], axis=1)
        rows = np.concatenate([self.rows[changed], first + nearest[changed]], axis=1)
        place = np.concatenate([self._place[changed], np.empty((len(changed), squared.shape[1]), np.int64)], axis=1)
        order = np.argsort(both, axis=1, kind="stable")[:, :k]
        stays = np.zeros(both.shape, bool)
        np.put_along_axis(stays, order, True, axis=1)
        # Of each query as many new points come as old ones go, whose places they take.
        query, new = np.nonzero(stays[:, k:])
        place[query, k + new] = freed = place[:, :k][~stays[:, :k]]
        self._points[changed[query], freed] = block[nearest[changed[query], new]]
        self.squared[changed], self.rows[changed], self._place[changed] = (
            np.take_along_axis(values, order, axis=1) for values in (both, rows, place)
        )

    def points(self, chosen: Rows | slice = slice(None)) -> Float32:
        """The points (q, c, d) float32 that are ``chosen`` of each query (q, c), by their rank; by default all."""
        place = self._place[:, chosen] if isinstance(chosen, slice) else np.take_along_axis(self._place, chosen, axis=1)
        return np.take_along_axis(self._points, place[:, :, None], axis=1)
