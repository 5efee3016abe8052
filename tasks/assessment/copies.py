"""Which draws are copies: nearer to a training face than training faces are to each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.compute.subsets import evenly
from tasks.sampling.neighbours import NeighbourIndex

Features = npt.NDArray[np.float32]

NEAREST = 0.05
"""The share of training reconstructions whose nearest other one counts as close enough to be the same face."""

SAME = 1e-5
"""Squared distances below this share of the points' mean square are those of the same image twice, but for rounding."""

COMPARED = 2_000
"""Reconstructions at most whose nearest other one is looked for among all."""


class Copies:
    """The share of images that repeat one of the ``known`` reconstructions, an index of m ≥ 2 of them in features.

    An image is a copy if it lies nearer to one of them than the ``NEAREST`` quantile of the distances from each of them
    to the nearest other one (leave one out). Images that the data have twice tell nothing of that and are left out.
    """

    def __init__(self, known: NeighbourIndex) -> None:
        self._known = known
        squared = known.candidates(known.take(evenly(len(known), COMPARED)), 2).squared
        same = SAME * known.mean_square
        apart = squared[:, 1][squared[:, 1] > same]
        self.threshold = float(np.quantile(apart, NEAREST)) if len(apart) else same
        """Squared distance up to which an image is a copy."""

    def __call__(self, features: Features) -> float:
        """The share of copies among images with ``features`` (n, f)."""
        squared = self._known.candidates(features, 1).squared
        return float((squared[:, 0] <= self.threshold).mean())
