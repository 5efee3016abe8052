"""Which draws are copies: nearer to a training face than training faces are to each other."""

from __future__ import annotations

import faiss
import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]

NEAREST = 0.05
"""The share of training reconstructions whose nearest other one counts as close enough to be the same face."""


class Copies:
    """The share of images that repeat one of the ``known`` reconstructions, features (m, f) float32, m ≥ 2.

    An image is a copy if it lies nearer to one of them than the ``NEAREST`` quantile of the distances from each of them
    to the nearest other one (leave one out).
    """

    def __init__(self, known: Features) -> None:
        self._centre = known.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._index = faiss.IndexFlatL2(known.shape[1])
        points = np.ascontiguousarray(known - self._centre)
        self._index.add(points)
        squared, _ = self._index.search(points, 2)
        self.threshold = float(np.quantile(np.maximum(squared[:, 1], 0), NEAREST))
        """Squared distance below which an image is a copy."""

    def __call__(self, features: Features) -> float:
        """The share of copies among images with ``features`` (n, f)."""
        squared, _ = self._index.search(np.ascontiguousarray(features - self._centre), 1)
        return float((squared[:, 0] < self.threshold).mean())
