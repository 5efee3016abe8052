"""``swd``: sliced Wasserstein distance between Laplacian-pyramid patches."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from pydantic import Field

from tasks.assessment.metric import Draw, Metric, Reference, Space
from tasks.assessment.swd import SlicedWassersteinDistance


class PatchDistance(Metric):
    """Sliced Wasserstein distance (times 1,000) of 7×7 patches, the mean over the levels of a Laplacian pyramid."""

    space: ClassVar[Space] = "pixels"
    patches: int = Field(32, ge=1, le=1024, description="Patches per image and pyramid level")
    projections: int = Field(
        64, ge=1, le=4096, description="Random directions per pyramid level on which the patches are projected"
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Project the reference's patches once."""
        distance = SlicedWassersteinDistance(reference.images, self.patches, self.projections, reference.seed)
        return lambda draw: distance(draw.images)
