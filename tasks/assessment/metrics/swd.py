"""``swd``: sliced Wasserstein distance between Laplacian-pyramid patches, and ``swd_<height>`` for each level."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.assessment.metric import Draw, Metric, Reference, Shown
from tasks.assessment.swd import level_distances, level_sizes, projected_patches


class PatchDistance(Metric):
    """Sliced Wasserstein distance (times 1,000) of 7×7 patches: each level of a Laplacian pyramid, and their mean.

    ``swd_16`` is the distance at the level of 16 pixels' height, and so on; ``swd`` is the mean over all levels.
    """

    space = "pixels"
    shown = Shown(
        "SWD",
        "lower",
        "sliced Wasserstein distance on patches of a Laplacian pyramid; needs no network (Karras 2018)",
        order=2,
        ladder=2,
    )
    patches: int = Field(32, ge=1, le=1024, description="Patches per image and pyramid level")
    projections: int = Field(
        64, ge=1, le=4096, description="Random directions per pyramid level on which the patches are projected"
    )

    def against(self, reference: Reference) -> Callable[[Draw], Mapping[str, float]]:
        """Project the reference's patches once; a draw's are the same for every reference."""

        def project(images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.float32]]:
            return projected_patches(images, self.patches, self.projections, reference.seed)

        fixed = project(reference.images)
        names = [f"_{height}" for height, _ in level_sizes(*reference.images.shape[1:3])]

        def distances(draw: Draw) -> Mapping[str, float]:
            key = ("patches", self.patches, self.projections, reference.seed)
            levels = level_distances(draw.once(key, lambda: project(draw.images)), fixed)
            return {"": float(np.mean(levels)), **dict(zip(names, levels, strict=True))}

        return distances
