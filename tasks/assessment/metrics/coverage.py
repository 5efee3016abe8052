"""``coverage``: share of real images with a drawn one in their neighbourhood, in feature space."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.neighbourhoods import NEIGHBOURS, crowded_real, overlap


class Coverage(Metric):
    """Share of real images with a drawn one in their neighbourhood (Naeem et al. 2020): 1 − 2⁻ᵏ for real images."""

    space = "features"
    shown = Shown(
        "coverage",
        "higher",
        "share of real images that have a drawn image in their neighbourhood",
        order=7,
        ladder=3,
        aspect=True,
    )
    k: int = Field(NEIGHBOURS, ge=1, le=1000, description="Rank of the neighbour to which a neighbourhood reaches")

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """The four metrics of this kind with the same k share one computation."""
        return lambda draw: overlap(reference, draw, self.k).coverage

    def caution(self, reference: Reference) -> str:
        """Says where neighbourhoods have no extent."""
        return crowded_real(reference, self.k)
