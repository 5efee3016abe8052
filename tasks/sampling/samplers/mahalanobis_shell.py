"""Points at one distance from the mean, as the training points' own spread measures distance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import MOMENTS
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class MahalanobisShellConfig(SamplerConfig):
    """Levels of the distance."""

    distance: tuple[Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 0.75, 1.0, 1.25),
        usual=1.0,
        description="Mahalanobis distance from the mean, in multiples of sqrt(d), typical of a normal distribution.",
    )


class MahalanobisShell(Sampler[MahalanobisShellConfig]):
    """Uniform directions in whitened space at one Mahalanobis distance: quality against distance from the mean.

    z = m + distance·sqrt(r)·V·Λ^(1/2)·u with u uniform on the unit sphere and r the number of main axes. At
    distance 1 the draws have the points' mean and covariance, but no tails.
    """

    config_model = MahalanobisShellConfig
    order = 10
    kept = MOMENTS

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        w = rng.standard_normal((count, self.points.axes.shape[1]))
        w *= level["distance"] * self.unit / np.linalg.norm(w, axis=1, keepdims=True)
        return self.points.colour(w).astype(np.float32)

    @property
    def unit(self) -> float:
        """The Mahalanobis distance that the level 1 stands for."""
        return math.sqrt(self.points.axes.shape[1])

    def facts(self) -> dict[str, Any]:
        """``unit``: the Mahalanobis distance that the level 1 stands for."""
        return {"unit": self.unit}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In the root of the number of main axes."""
        known = facts.median("mahalanobis")
        real = "" if known == "–" else f"; real points have {known} in the median"
        return f"distance = 1 is d_M = {facts.number('unit')}, the root of the number of main axes{real}."
