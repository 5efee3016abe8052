"""Which draws are copies: nearer to a training face than training faces are to each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.compute.nearest import flat_index_of

Features = npt.NDArray[np.float32]

NEAREST = 0.05
"""The share of training reconstructions whose nearest other one counts as close enough to be the same face."""

SAME = 1e-5
"""Squared distances below this share of the points' mean square are those of the same image twice, but for rounding."""

COMPARED = 2_000
"""Reconstructions at most whose nearest other one is looked for among all."""


class Copies:
    """The share of images that repeat one of the ``known`` reconstructions, features (m, f) float32, m ≥ 2.

    An image is a copy if it lies nearer to one of them than the ``NEAREST`` quantile of the distances from each of them
    to the nearest other one (leave one out). Images that the data have twice tell nothing of that and are left out.
    """

    def __init__(self, known: Features) -> None:
        self._centre = known.mean(axis=0, dtype=np.float64).astype(np.float32)
        points = known - self._centre
        self._index = flat_index_of(points)
        squared, _ = self._index.search(np.ascontiguousarray(points[:: -(-len(points) // COMPARED)]), 2)
        same = SAME * float(np.square(points, dtype=np.float64).sum(axis=1).mean())
        apart = squared[:, 1][squared[:, 1] > same]
        self.threshold = float(np.quantile(apart, NEAREST)) if len(apart) else same
        """Squared distance up to which an image is a copy."""

    def __call__(self, features: Features) -> float:
        """The share of copies among images with ``features`` (n, f)."""
        squared, _ = self._index.search(np.ascontiguousarray(features - self._centre), 1)
        return float((squared[:, 0] <= self.threshold).mean())
