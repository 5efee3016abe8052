"""Faces between two real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import POINTS_AND_MOMENTS
from tasks.sampling.paths import Mode, between, random_pairs, ways
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class InterpolationConfig(SamplerConfig):
    """Levels of the way between two points."""

    mode: tuple[Mode, ...] = swept(
        ("linear", "spherical", "whitened"),
        usual="linear",
        description="Path: a straight line, a great circle about the origin, or one about the mean in whitened space.",
    )
    t: tuple[Annotated[float, Field(ge=0, le=1)], ...] = swept(
        (0.5,), usual=0.5, description="Position between the two points: 0 is the first, 1 the second."
    )


class Interpolation(Sampler[InterpolationConfig]):
    """Places between two random training points: on the straight line, or on great circles that keep the length.

    All levels go through the same pairs.
    """

    config_model = InterpolationConfig
    order = 16
    same_draws = True
    kept = POINTS_AND_MOMENTS

    def attainable(self, level: Level) -> Level:
        """The straight line where there is no circle to go round."""
        return level if level["mode"] in ways(self.points) else {**level, "mode": "linear"}

    def limit(self) -> str:
        """What takes the circles away."""
        return "along a single main axis every way is the straight line"

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); the two points of a pair are different ones."""
        first, second = random_pairs(self.points, rng, count)
        return between(self.points, first, second, np.array([level["t"]]), level["mode"])[:, 0]

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A place on the way."""
        return "t is the place between the two points: 0 the first, 0.5 half-way, 1 the second."
