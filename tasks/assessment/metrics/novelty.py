"""``novelty``: how far from the nearest reconstruction, in feature space."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.metrics.broken import calibrated
from tasks.assessment.novelty import Novelty, known_already, known_features


class FeatureNovelty(Metric):
    """Mean feature distance to the nearest reconstruction of a reference image, relative to that of unseen images.

    0: copies; 1: as new as the reconstructions of images of the other partition. Broken faces do not count: they are
    new in the wrong way. NaN where all are broken, as photographs may be, which decoding alone sets apart.
    """

    space = "features"
    shown = Shown(
        "novelty",
        "neither",
        "distance of a drawn image that is not broken to the nearest reconstructed training image, in features, "
        "divided by the same for held-out reconstructions: 0 is a copy, 1 is as new as an unseen face",
        order=8,
        reference="train",
        ladder=4,
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Index the reference's reconstructions once."""
        novelty, measure = self._prepared(reference), reference.once("broken", lambda: calibrated(reference))

        def of_intact(draw: Draw) -> float:
            intact = np.flatnonzero(measure(draw.cycle) <= measure.threshold)
            return novelty(draw.features[intact]) if len(intact) else math.nan

        return of_intact

    def caution(self, reference: Reference) -> str:
        """Says where unseen images are none."""
        return known_already(reference, self._prepared(reference))

    @staticmethod
    def _prepared(reference: Reference) -> Novelty:
        return reference.once("novelty", lambda: Novelty(known_features(reference), reference.unseen.features.all()))
