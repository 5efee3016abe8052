"""``sharpness``: gradient energy relative to reconstructions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tasks.assessment.gradients import gradient_energy
from tasks.assessment.metric import Draw, Metric, Reference, Shown


class Sharpness(Metric):
    """Mean gradient energy of the images, divided by that of the reconstructions in the fixed row.

    1: as sharp as reconstructions; below: blurred; above: sharper, or noisy.
    """

    space = "pixels"
    shown = Shown(
        "sharpness",
        "one",
        "gradient energy of the images relative to that of reconstructions",
        order=11,
        aspect=True,
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Take the reconstructions' energy once; NaN if they have none."""
        unit = float(reference.unseen.energy.mean(dtype=np.float64))

        def sharpness(draw: Draw) -> float:
            energy = draw.once("gradient energy", lambda: gradient_energy(draw.images))
            return float(energy.mean(dtype=np.float64)) / unit if unit > 0 else float("nan")

        return sharpness
