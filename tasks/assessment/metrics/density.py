"""``density``: in how many neighbourhoods of real images a drawn one lies, in feature space."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.neighbourhoods import NEIGHBOURS, crowded_real, overlap


class Density(Metric):
    """In how many real neighbourhoods a drawn image lies, divided by k (Naeem et al. 2020): 1 for real images.

    It exceeds 1 where the draws crowd together in the middle of the real ones.
    """

    space = "features"
    shown = Shown(
        "density",
        "higher",
        "number of real neighbourhoods that contain a drawn image, divided by k; 1 for real images (Naeem 2020)",
        order=6,
        aspect=True,
    )
    k: int = Field(NEIGHBOURS, ge=1, le=1000, description="Rank of the neighbour to which a neighbourhood reaches")

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """The four metrics of this kind with the same k share one computation."""
        return lambda draw: overlap(reference, draw, self.k).density

    def caution(self, reference: Reference) -> str:
        """Says where neighbourhoods have no extent."""
        return crowded_real(reference, self.k)
