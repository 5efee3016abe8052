"""``kid``: kernel distance in feature space."""

from __future__ import annotations

from collections.abc import Callable

from tasks.assessment.kernel_distance import KernelDistance
from tasks.assessment.metric import Draw, Metric, Reference, Shown


class FeatureKernelDistance(Metric):
    """Unbiased squared kernel distance (polynomial of degree 3) between the features of the draw and the reference.

    Unlike ``fd`` it assumes no normal distribution and has no bias from small n (Bińkowski et al. 2018).
    """

    space = "features"
    shown = Shown(
        "KID to photographs", "lower", "kernel distance of features, unbiased for small sets (Bińkowski 2018)", order=3
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Sum the reference's own kernel once."""
        distance = KernelDistance(reference.features)
        return lambda draw: distance(draw.features)
