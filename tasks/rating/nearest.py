"""Distances to the nearest training point, for many queries: one matrix product at a time, no index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

BLOCK_BYTES = 2**26
"""Bytes of squared distances held at a time."""


class Nearest:
    """Search among ``points``, (n, d) float32.

    The nearest one is found in float32 about the mean, its distance is then computed in float64. A single neighbour by
    a plain product takes half the time of an index that keeps several.
    """

    def __init__(self, points: Float32) -> None:
        self._points = points
        self._origin = points.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._centred = points - self._origin
        self._length = np.einsum("nd,nd->n", self._centred, self._centred)

    def distance(self, z: Float32, left_out: npt.NDArray[np.integer] | None = None) -> Float64:
        """Euclidean distance of each of ``z`` (m, d) to the nearest point: (m,).

        left_out: (m,) a row for each that does not count, as that of the query itself.
        """
        found = np.empty(len(z))
        step = max(1, BLOCK_BYTES // (4 * len(self._points)))
        for start in range(0, len(z), step):
            block = z[start : start + step]
            # |x|² is the same for all points and left out; the product decides.
            squared = (block - self._origin) @ self._centred.T
            squared *= -2
            squared += self._length
            if left_out is not None:
                squared[np.arange(len(block)), left_out[start : start + step]] = np.inf
            nearest = self._points[squared.argmin(axis=1)]
            found[start : start + step] = np.linalg.norm(block.astype(np.float64) - nearest, axis=1)
        return found
