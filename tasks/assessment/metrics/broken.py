"""``broken``: the share of faces that the autoencoder does not recognise."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tasks.assessment.broken import Brokenness
from tasks.assessment.frechet import alike
from tasks.assessment.metric import Draw, Metric, Reference, Shown, Space

FEWEST_UNSEEN = 100
"""Unseen images from which on a threshold is read from them."""


class BrokenShare(Metric):
    """Share of images that one more pass through the autoencoder changes or moves more than 95 % of reconstructions."""

    space: ClassVar[Space] = "pixels"
    shown = Shown(
        "broken",
        "lower",
        "share of images that encoding and decoding once more changes or moves more than 95 % of reconstructions",
        order=12,
        against="reconstructions",
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Calibrate on reconstructions once: those of unseen images where they are like the known ones."""
        measure = reference.once("broken", lambda: calibrated(reference))
        return lambda draw: measure.share(draw.cycle)


def calibrated(reference: Reference) -> Brokenness:
    """The measure by the reconstructions of unseen images, or of the known ones where those are others or too few."""
    known, unseen = reference.known, reference.unseen
    exchangeable = len(unseen.features) >= FEWEST_UNSEEN and alike(unseen.features, known.features)
    return Brokenness.calibrated(unseen.cycle if exchangeable else known.cycle)
