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
from tasks.assessment.metric import NOTED, PARTITION, ROUNDING, Draw, Reference

NEIGHBOURS = 5
"""The k of Naeem et al.'s own code, for all four."""


@dataclass(frozen=True)
class Overlap:
    """How a drawn set lies in a real one: four shares (density may exceed 1)."""

    precision: float
    recall: float
    density: float
    coverage: float


def reach(points: npt.NDArray[np.float64], k: int) -> npt.NDArray[np.float64]:
    """Squared distance of each of ``points`` (n, f) to its k-th nearest other one: (n,), 0 where that is a copy."""
    radius = kth_neighbour(points, min(k, len(points) - 1))
    radius[radius <= ROUNDING * np.square(points).sum(axis=1).mean()] = 0
    return radius


class Neighbourhoods:
    """The neighbourhoods of the real points ``features`` (m, f), found once. k is at most m − 1."""

    def __init__(self, features: npt.NDArray[np.floating], k: int) -> None:
        self._k = k
        # Distances do not depend on the origin, but the rounding of expanded squares does.
        self._centre = features.mean(axis=0, dtype=np.float64)
        self._real = features - self._centre
        self._radius = reach(self._real, k)

    @property
    def empty(self) -> float:
        """The share of real points whose neighbourhood has no extent, since so many others are the same."""
        return float((self._radius == 0).mean())

    def overlap(self, features: npt.NDArray[np.floating]) -> Overlap:
        """How the drawn points ``features`` (n, f) lie in the real ones; block by block."""
        drawn = features - self._centre
        radius = reach(drawn, self._k)
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


def crowded_real(reference: Reference, k: int) -> str:
    """What to know of metrics that ask what lies in the neighbourhoods of real images; empty if they have extent."""
    share = _neighbourhoods(reference, k).empty
    if share < NOTED:
        return ""
    return (
        f"{100 * share:.0f} % of the {PARTITION[reference.name]} images compared with have {k} or more exact copies "
        "among them. Their neighbourhoods have no extent and contain nothing, so these values are too low: 0 by "
        "definition if all images are copies."
    )


def crowded_rows(reference: Reference, k: int) -> str:
    """What to know of metrics that ask what lies in the neighbourhoods of a row's images."""
    share = Neighbourhoods(reference.unseen.features.all()[: len(reference.shown)], k).empty
    if share < NOTED:
        return ""
    return (
        f"{100 * share:.0f} % of the images in a draw of the row reconstruction have {k} or more exact copies in it. "
        "Their neighbourhoods have no extent and contain nothing, so the values of rows that repeat images (real, "
        "reconstruction, resampled) are too low: 0 by definition if all their images are copies."
    )


def _neighbourhoods(reference: Reference, k: int) -> Neighbourhoods:
    return reference.once(("neighbourhoods", k), lambda: Neighbourhoods(reference.shown, k))


def overlap(reference: Reference, draw: Draw, k: int) -> Overlap:
    """That of a draw and as many real images, computed once for all metrics that ask for it.

    As many, as in both papers: recall and coverage depend on how many points are on either side.
    """
    found = _neighbourhoods(reference, k)
    return draw.once(("overlap", reference.name, k), lambda: found.overlap(draw.features))
