"""``recall``: share of real images within the neighbourhoods of drawn ones, in feature space."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.neighbourhoods import NEIGHBOURS, crowded_rows, overlap


class Recall(Metric):
    """Share of real images that lie in the neighbourhood of a drawn one (Kynkäänniemi et al. 2019).

    Outliers among the drawn images have large neighbourhoods, which can raise it: see ``coverage``.
    """

    space = "features"
    shown = Shown(
        "recall",
        "higher",
        "share of real images that lie within the drawn images' neighbourhoods",
        order=5,
        aspect=True,
    )
    k: int = Field(NEIGHBOURS, ge=1, le=1000, description="Rank of the neighbour to which a neighbourhood reaches")

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """The four metrics of this kind with the same k share one computation."""
        return lambda draw: overlap(reference, draw, self.k).recall

    def caution(self, reference: Reference) -> str:
        """Says where neighbourhoods have no extent."""
        return crowded_rows(reference, self.k)
