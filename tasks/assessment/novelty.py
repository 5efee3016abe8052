"""How new points are: their distance from the nearest known one, relative to that of unseen real ones."""

from __future__ import annotations

import faiss
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]


class Novelty:
    """Mean distance to the nearest ``known`` point, divided by the mean of the same over the ``unseen`` points.

    known: (m, f) float32; unseen: (u, f) float32. 0 for copies of known points, 1 for points as new as the unseen.
    NaN if every unseen point is itself known, so that there is nothing to measure by.
    """

    def __init__(self, known: Points, unseen: Points) -> None:
        self._known = known
        self._centre = known.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._index = faiss.IndexFlatL2(known.shape[1])
        self._index.add(np.ascontiguousarray(known - self._centre))
        self._unit = float(self.nearest_distance(unseen).mean())

    def nearest_distance(self, points: Points) -> npt.NDArray[np.float64]:
        """Euclidean distance of each of ``points`` (n, f) to the nearest known point: (n,) float64."""
        _, nearest = self._index.search(np.ascontiguousarray(points - self._centre), 1)
        # The index expands the square, which leaves rounding where a copy should have 0: take the difference itself.
        difference = points.astype(np.float64) - self._known[nearest[:, 0]]
        return np.asarray(np.linalg.norm(difference, axis=1))

    def __call__(self, points: Points) -> float:
        """The novelty of ``points`` (n, f) as a set: a ratio of mean distances."""
        distance = float(self.nearest_distance(points).mean())
        return distance / self._unit if self._unit > 0 else float("nan")
