"""``kid``: kernel distance in feature space."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tasks.assessment.kernel_distance import KernelDistance
from tasks.assessment.metric import Draw, Metric, Reference, Space


class FeatureKernelDistance(Metric):
    """Unbiased squared kernel distance (polynomial of degree 3) between the features of the draw and the reference.

    Unlike ``fd`` it assumes no normal distribution and has no bias from small n (Bińkowski et al. 2018).
    """

    space: ClassVar[Space] = "features"

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Sum the reference's own kernel once."""
        distance = KernelDistance(reference.features)
        return lambda draw: distance(draw.features)
