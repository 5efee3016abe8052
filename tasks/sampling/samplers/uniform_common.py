"""The naive draw: one interval for all components."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import SCALE
from tasks.sampling.distance import squared_if_uniform
from tasks.sampling.form import Form, uniform
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class UniformCommonConfig(SamplerConfig):
    """Levels of the common interval."""

    b: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 0.75, 1.0, 1.25, 1.5),
        usual=1.0,
        description="Half the interval's length, in multiples of b0, at which draws have the points' median radius.",
    )


class UniformCommon(Sampler[UniformCommonConfig]):
    """Every component uniform in one common interval [−b, b].

    Such points lie near the radius b·sqrt(d/3), so b0 = median|z|·sqrt(3/d).
    """

    config_model = UniformCommonConfig
    order = 1
    kept = SCALE
    remark = "one interval for all components"

    def __init__(self, points: Points, config: UniformCommonConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        self.b0 = points.median_radius * math.sqrt(3 / points.dimension)

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        b = level["b"] * self.b0
        return rng.uniform(-b, b, (count, self.points.dimension)).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """``b0``: the half-length that the level 1 stands for."""
        return {"b0": self.b0}

    def form(self, level: Level) -> Form:
        """Uniform about the origin."""
        centre = np.zeros(self.points.dimension)
        return uniform(centre, centre + level["b"] * self.b0)

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In b0."""
        return (
            f"b = 1 is b0 = {facts.number('b0')}, in units of z: the half-length of the interval at which draws have "
            "the median radius |z| of real points."
        )

    @classmethod
    def squared_distance(cls, facts: Facts, level: Level, about: npt.NDArray[np.float64]) -> tuple[float, float]:
        """That of a uniform distribution."""
        return squared_if_uniform(-about, np.full(len(about), level["b"] * float(facts.found["b0"])))
