"""How broken a decoded face is: whether the autoencoder recognises what its decoder made.

A face that lies where real ones do is led back to by the encoder and decoded again much as it was, to a point at a
usual distance from the mean. Where the decoder was asked beyond what it has learnt, neither holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FLAGGED = 0.05
"""The share of reconstructions that counts as broken, which sets the threshold."""

PASSED = 64
"""Images of a draw, at most, that are passed through once more: no other look at a draw costs as much."""

Floats = npt.NDArray[np.float64]


class Cycle(NamedTuple):
    """What one more pass through the autoencoder does to decoded images, each (n,) float64.

    change: root mean square of D(E(x)) − x over the pixels, on the 0–1 scale; distance: the Mahalanobis distance of
    E(x) from the mean of the training points.
    """

    change: Floats
    distance: Floats

    def at(self, rows: npt.NDArray[np.integer[Any]]) -> Cycle:
        """Those of the images at ``rows``."""
        return Cycle(self.change[rows], self.distance[rows])


def cycle(
    images: npt.NDArray[np.uint8],
    encoded: npt.NDArray[np.float32],
    decoded: npt.NDArray[np.uint8],
    mean: Floats,
    precision: Floats,
) -> Cycle:
    """Compare decoded ``images`` (n, S, S, 3) with ``decoded``, what their encodings ``encoded`` (n, d) decode to.

    ``mean`` (d,) and ``precision`` (d, d), the inverse covariance, are those of the training points.
    """
    step = (decoded.astype(np.float32) - images) / 255
    offset = encoded.astype(np.float64) - mean
    squared = np.einsum("ij,ij->i", offset @ precision, offset)
    return Cycle(np.sqrt(np.square(step).mean(axis=(1, 2, 3), dtype=np.float64)), np.sqrt(np.maximum(squared, 0)))


@dataclass(frozen=True)
class Brokenness:
    """The measure, calibrated on reconstructions: b = ½·[(ln c − μ_c)/σ_c + (ln m − μ_m)/σ_m].

    c: the change of a cycle, m: its distance; ``threshold``: above it an image counts as broken.
    """

    change: tuple[float, float]
    distance: tuple[float, float]
    threshold: float

    @classmethod
    def calibrated(cls, reconstructions: Cycle) -> Brokenness:
        """μ, σ and the threshold, above which ``FLAGGED`` of the ``reconstructions`` lie."""
        logs = [np.log(np.maximum(values, np.finfo(np.float32).tiny)) for values in reconstructions]
        (change, distance) = ((float(log.mean()), float(log.std(ddof=1)) or 1.0) for log in logs)
        raw = cls(change, distance, np.inf)
        return cls(change, distance, float(np.quantile(raw(reconstructions), 1 - FLAGGED)))

    def __call__(self, cycle: Cycle) -> Floats:
        """b of each image, (n,); 0 for a typical reconstruction."""
        terms = [
            (np.log(np.maximum(values, np.finfo(np.float32).tiny)) - mean) / deviation
            for values, (mean, deviation) in zip(cycle, (self.change, self.distance), strict=True)
        ]
        return np.asarray(0.5 * (terms[0] + terms[1]))

    def share(self, cycle: Cycle) -> float:
        """The share of images that count as broken."""
        return float((self(cycle) > self.threshold).mean())
