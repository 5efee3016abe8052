"""``novelty_latent``: how far from the nearest encoded image, in latent space."""

from __future__ import annotations

from collections.abc import Callable

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.novelty import Novelty, known_already
from tasks.sampling.neighbours import NeighbourIndex


class LatentNovelty(Metric):
    """Mean distance to the nearest z-point of the reference, relative to that of the other partition's z-points.

    The rows ``real`` and ``reconstruction`` have the same z-points and so the same values.
    """

    space = "latent"
    shown = Shown(
        "latent novelty",
        "neither",
        "the same between latent points, in latent space",
        order=9,
        reference="train",
        ladder=5,
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Index the reference's z-points once."""
        novelty = self._prepared(reference)
        return lambda draw: novelty(draw.latents)

    def caution(self, reference: Reference) -> str:
        """Says where unseen images are none."""
        return known_already(reference, self._prepared(reference))

    @staticmethod
    def _prepared(reference: Reference) -> Novelty:
        known, unseen = reference.known.latents, reference.unseen.latents
        return reference.once("novelty_latent", lambda: Novelty(NeighbourIndex(known), unseen.all()))
