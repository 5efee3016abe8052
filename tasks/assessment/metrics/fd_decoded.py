"""``fd_decoded``: squared Fréchet distance from the reference's reconstructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tasks.assessment.frechet import fit, squared_frechet_distance
from tasks.assessment.metric import Draw, Metric, Reference, Shown, Space


class DecodedFrechetDistance(Metric):
    """Squared Fréchet distance in features between the draw and the reconstructions of the reference images.

    Unlike ``fd`` it does not reward what merely makes decoded images less smooth. It is biased upwards by small n,
    alike for every row of a table.
    """

    space: ClassVar[Space] = "features"
    shown = Shown(
        "FD",
        "lower",
        "squared Fréchet distance in features from the reconstructions of the reference images, by which levels are "
        "compared; biased upwards by small n, alike for every row of a table",
        order=0,
        against="reconstructions",
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Fit the normal distribution of the reconstructions once."""
        decoded = fit(reference.known.features)
        return lambda draw: squared_frechet_distance(draw.once("normal", lambda: fit(draw.features)), decoded)
