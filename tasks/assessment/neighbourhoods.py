"""Precision, recall, density and coverage: how two sets of points lie in each other's neighbourhoods.

A point's neighbourhood is the open ball that reaches to its k-th nearest other point of the same set. Precision and
recall: Kynkäänniemi et al. 2019 (arXiv 1904.06991), eq. 1 and 2; density and coverage: Naeem et al. 2020
(arXiv 2002.09797), eq. 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.assessment.distances import distance_blocks, kth_neighbour
from tasks.assessment.metric import Draw, Reference

NEIGHBOURS = 5
"""The k of Naeem et al.'s own code, for all four."""


@dataclass(frozen=True)
class Overlap:
    """How a drawn set lies in a real one: four shares (density may exceed 1)."""

    precision: float
    recall: float
    density: float
    coverage: float


class Neighbourhoods:
    """The neighbourhoods of the real points ``features`` (m, f), found once. k is at most m − 1."""

    def __init__(self, features: npt.NDArray[np.floating], k: int) -> None:
        self._k = k
        # Distances do not depend on the origin, but the rounding of expanded squares does.
        self._centre = features.mean(axis=0, dtype=np.float64)
        self._real = features - self._centre
        self._radius = kth_neighbour(self._real, min(k, len(features) - 1))

    def overlap(self, features: npt.NDArray[np.floating]) -> Overlap:
        """How the drawn points ``features`` (n, f) lie in the real ones; block by block."""
        drawn = features - self._centre
        radius = kth_neighbour(drawn, min(self._k, len(drawn) - 1))
        around = np.zeros(len(drawn), np.int64)
        nearest = np.empty(len(self._real))
        recalled = np.empty(len(self._real), bool)
        for rows, squared in distance_blocks(self._real, drawn):
            around += (squared < self._radius[rows, None]).sum(axis=0)
            nearest[rows] = squared.min(axis=1)
            recalled[rows] = (squared < radius).any(axis=1)
        return Overlap(
            precision=float((around > 0).mean()),
            recall=float(recalled.mean()),
            density=float(around.mean()) / min(self._k, len(self._real) - 1),
            coverage=float((nearest < self._radius).mean()),
        )


def overlap(reference: Reference, draw: Draw, k: int) -> Overlap:
    """That of a draw and as many real images, computed once for all metrics that ask for it.

    As many, as in both papers: recall and coverage depend on how many points are on either side.
    """
    found = reference.once(("neighbourhoods", k), lambda: Neighbourhoods(reference.shown, k))
    return draw.once(("overlap", reference.name, k), lambda: found.overlap(draw.features))
