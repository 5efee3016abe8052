"""``fd``: squared Fréchet distance in feature space."""

from __future__ import annotations

from collections.abc import Callable

from tasks.assessment.frechet import fit, squared_frechet_distance
from tasks.assessment.metric import Draw, Metric, Reference, Shown


class FrechetDistance(Metric):
    """Squared Fréchet distance between normal distributions fitted to the features of the draw and the reference.

    It is biased upwards by small n, alike for every row of a table.
    """

    space = "features"
    shown = Shown(
        "FD to photographs",
        "lower",
        "squared Fréchet distance between normal distributions fitted to the features of two image sets (Heusel 2017), "
        "here of drawn images and photographs; noise in decoded images can lower it",
        order=1,
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Fit the reference's normal distribution once."""
        real = fit(reference.features)
        return lambda draw: squared_frechet_distance(draw.once("normal", lambda: fit(draw.features)), real)
