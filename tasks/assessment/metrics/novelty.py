"""``novelty``: how far from the nearest reconstruction, in feature space."""

from __future__ import annotations

from collections.abc import Callable

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.novelty import Novelty, known_already


class FeatureNovelty(Metric):
    """Mean feature distance to the nearest reconstruction of a reference image, relative to that of unseen images.

    0: copies; 1: as new as the reconstructions of images of the other partition. The row ``real`` shows
    photographs, which decoding alone sets apart from every reconstruction, whatever they show.
    """

    space = "features"
    shown = Shown(
        "novelty",
        "neither",
        "distance of a drawn image to the nearest reconstructed training image, in features, divided by the same for "
        "held-out reconstructions: 0 is a copy, 1 is as new as an unseen face",
        order=8,
        reference="train",
        ladder=4,
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Index the reference's reconstructions once."""
        novelty = self._prepared(reference)
        return lambda draw: novelty(draw.features)

    def caution(self, reference: Reference) -> str:
        """Says where unseen images are none."""
        return known_already(reference, self._prepared(reference))

    @staticmethod
    def _prepared(reference: Reference) -> Novelty:
        return reference.once("novelty", lambda: Novelty(reference.known.features, reference.unseen.features))
