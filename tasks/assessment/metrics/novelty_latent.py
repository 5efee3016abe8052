"""``novelty_latent``: how far from the nearest encoded image, in latent space."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tasks.assessment.metric import Draw, Metric, Reference, Space
from tasks.assessment.novelty import Novelty


class LatentNovelty(Metric):
    """Mean distance to the nearest z-point of the reference, relative to that of the other partition's z-points.

    The rows ``real`` and ``reconstruction`` have the same z-points and so the same values.
    """

    space: ClassVar[Space] = "latent"

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Index the reference's z-points once."""
        novelty = Novelty(reference.known.latents, reference.unseen.latents)
        return lambda draw: novelty(draw.latents)
