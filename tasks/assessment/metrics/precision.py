"""``precision``: share of drawn images within the neighbourhoods of real ones, in feature space."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.neighbourhoods import NEIGHBOURS, crowded_real, overlap


class Precision(Metric):
    """Share of drawn images that lie in the neighbourhood of a real one (Kynkäänniemi et al. 2019).

    Neighbourhoods reach to the k-th nearest of as many real images as a draw has.
    """

    space = "features"
    shown = Shown(
        "precision",
        "higher",
        "share of drawn images that lie within the real images' neighbourhoods (Kynkäänniemi 2019)",
        order=4,
        aspect=True,
    )
    k: int = Field(NEIGHBOURS, ge=1, le=1000, description="Rank of the neighbour to which a neighbourhood reaches")

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """The four metrics of this kind with the same k share one computation."""
        return lambda draw: overlap(reference, draw, self.k).precision

    def caution(self, reference: Reference) -> str:
        """Says where neighbourhoods have no extent."""
        return crowded_real(reference, self.k)
