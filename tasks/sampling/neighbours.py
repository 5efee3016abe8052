"""Exact Euclidean nearest neighbours among the training points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.compute.nearest import flat_index_of

SPARE = 8
"""Candidates asked for beyond k: float32 distances of near ties come in an order that rounding decided."""

BLOCK_VALUES = 2**25
"""Queries searched at once; bounds the memory of the exact distances."""


class NeighbourIndex:
    """Search among ``points``, (n, d) float32.

    faiss proposes candidates by float32 distances of centred points; the order and the distances
    are then computed in float64, ties going to the lower row, so the answer is the same on every run.
    """

    def __init__(self, points: npt.NDArray[np.float32]) -> None:
        self._points = points
        self._origin = points.mean(axis=0, dtype=np.float64)
        self._index = flat_index_of(self._centred(points))

    def _centred(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.ascontiguousarray(values - self._origin, dtype=np.float32)

    def nearest(
        self, queries: npt.NDArray[np.float32], k: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """The ``k`` nearest points of each query (q, d): rows (q, k) int64 and distances (q, k), nearest first."""
        if not 1 <= k <= len(self._points):
            raise ValueError(f"k is {k}, expected 1 to {len(self._points)}, the number of points")
        rows = np.empty((len(queries), k), np.int64)
        distances = np.empty((len(queries), k), np.float64)
        step = max(1, BLOCK_VALUES // ((k + SPARE) * queries.shape[1]))
        for start in range(0, len(queries), step):
            block = slice(start, start + step)
            rows[block], distances[block] = self._nearest(queries[block], k)
        return rows, distances

    def _nearest(
        self, queries: npt.NDArray[np.float32], k: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        _, candidates = self._index.search(self._centred(queries), min(k + SPARE, len(self._points)))
        difference = self._points[candidates].astype(np.float64) - queries[:, None].astype(np.float64)
        distance = np.linalg.norm(difference, axis=2)
        order = np.lexsort((candidates, distance))[:, :k]
        return np.take_along_axis(candidates, order, 1), np.take_along_axis(distance, order, 1)

    def distance(
        self, queries: npt.NDArray[np.float32], left_out: npt.NDArray[np.integer] | None = None
    ) -> npt.NDArray[np.float64]:
        """Euclidean distance of each of ``queries`` (q, d) to the nearest point, (q,): that of float32, in float64.

        left_out: (q,) a row for each that does not count, as that of the query itself.
        """
        _, found = self._index.search(self._centred(queries), 1 if left_out is None else min(2, len(self._points)))
        nearest = found[:, 0]
        if left_out is not None:
            nearest = np.where(nearest == left_out, found[:, -1], nearest)
        return np.asarray(np.linalg.norm(queries.astype(np.float64) - self._points[nearest], axis=1))

    def others(self, rows: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64]:
        """The ``k`` nearest *other* points of the points ``rows`` (q,): rows (q, k), nearest first.

        A duplicate of a point is another point; only the row itself is left out.
        """
        nearest, _ = self.nearest(self._points[rows], k + 1)
        itself = nearest == rows[:, None]
        # Among many duplicates the row itself may not be listed: then the farthest goes.
        itself[~itself.any(axis=1), -1] = True
        kept: npt.NDArray[np.int64] = nearest[~itself].reshape(len(rows), k)
        return kept
