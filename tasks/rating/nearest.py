"""Distances to the nearest training point, for many queries: one matrix product at a time, no index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

QUERIES, POINTS = 256, 8192
"""Rows and columns of a product: its 8 MiB stay in the processor's cache until the smallest is found."""


class Nearest:
    """Search among ``points``, (n, d) float32.

    The nearest one is found in float32 about the mean, its distance is then computed in float64. A single neighbour by
    plain products takes a fraction of the time of an index that keeps several.
    """

    def __init__(self, points: Float32) -> None:
        self._points = points
        self._origin = points.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = points - self._origin
        # |x − q|² less |q|² is one product of (−2q, 1) with (x, |x|²).
        self._extended = np.column_stack([centred, np.einsum("nd,nd->n", centred, centred)])

    def distance(self, z: Float32, left_out: npt.NDArray[np.integer] | None = None) -> Float64:
        """Euclidean distance of each of ``z`` (m, d) to the nearest point: (m,).

        left_out: (m,) a row for each that does not count, as that of the query itself.
        """
        found = np.empty(len(z))
        for start in range(0, len(z), QUERIES):
            part = slice(start, start + QUERIES)
            rows = self._nearest(z[part], None if left_out is None else left_out[part])
            found[part] = np.linalg.norm(z[part].astype(np.float64) - self._points[rows], axis=1)
        return found

    def _nearest(self, z: Float32, left_out: npt.NDArray[np.integer] | None) -> npt.NDArray[np.int64]:
        query = np.column_stack([-2 * (z - self._origin), np.ones(len(z), np.float32)])
        each, best = np.arange(len(z)), np.full(len(z), np.inf, np.float32)
        rows = np.zeros(len(z), np.int64)
        for start in range(0, len(self._points), POINTS):
            squared = query @ self._extended[start : start + POINTS].T
            if left_out is not None:
                inside = (left_out >= start) & (left_out < start + POINTS)
                squared[inside, left_out[inside] - start] = np.inf
            place = squared.argmin(axis=1)
            smallest = squared[each, place]
            closer = smallest < best
            rows[closer], best[closer] = start + place[closer], smallest[closer]
        return rows
