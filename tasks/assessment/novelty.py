"""How new points are: their distance from the nearest known one, relative to that of unseen real ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.assessment.metric import NOTED, PARTITION, ROUNDING, Reference
from tasks.sampling.neighbours import NeighbourIndex

Points = npt.NDArray[np.float32]


class Novelty:
    """Mean distance to the nearest ``known`` point, divided by the mean of the same over the ``unseen`` points.

    known: an index of m points; unseen: (u, f) float32. 0 for copies of known points, 1 for points as new as the
    unseen. NaN if every unseen point is itself known, so that there is nothing to measure by.
    """

    def __init__(self, known: NeighbourIndex, unseen: Points) -> None:
        self._known = known
        self._rounding = float(np.sqrt(ROUNDING * known.mean_square))
        distance = self.nearest_distance(unseen)
        self._unit = float(distance.mean())
        self.known_already = float((distance == 0).mean())
        """The share of unseen points that are known ones."""

    def nearest_distance(self, points: Points) -> npt.NDArray[np.float64]:
        """Euclidean distance of each of ``points`` (n, f) to the nearest known point: (n,) float64, 0 for a copy."""
        distance = self._known.distance(points)
        return np.where(distance <= self._rounding, 0.0, distance)

    def __call__(self, points: Points) -> float:
        """The novelty of ``points`` (n, f) as a set: a ratio of mean distances."""
        distance = float(self.nearest_distance(points).mean())
        return distance / self._unit if self._unit > 0 else float("nan")


def known_features(reference: Reference) -> NeighbourIndex:
    """Where the nearest reconstruction of a reference image is looked for in features, for all metrics that ask."""
    return reference.once("known features", lambda: NeighbourIndex(reference.known.features))


def known_already(reference: Reference, novelty: Novelty) -> str:
    """What to know of a novelty whose unit are images that are no news; empty if they are."""
    share = novelty.known_already
    if share < NOTED:
        return ""
    known, unseen = PARTITION[reference.name], next(word for name, word in PARTITION.items() if name != reference.name)
    if share == 1:
        return (
            f"Every {unseen} image is a copy of a {known} image, so novelty has no unit: it is "
            "undefined, and copies cannot be distinguished from new images."
        )
    return (
        f"{100 * share:.0f} % of the {unseen} images are copies of {known} images. The distance of unseen images, by "
        "which novelty is measured, is too small by that share, and novelty too large."
    )
