"""What one would draw from if the encoder had a prior: a normal distribution about the origin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling import density
from tasks.sampling.about import SCALE
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class NormalOriginConfig(SamplerConfig):
    """Levels of the normal draw about the origin."""

    scale: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 1.0),
        usual=1.0,
        description="Standard deviation, in multiples of s0, at which draws have the points' median radius.",
    )
    prior: bool = Field(
        False, description="Set s0 = 1 instead; at scale 1 this is the prior of a variational autoencoder."
    )


class NormalOrigin(Sampler[NormalOriginConfig]):
    """Normal about the origin with the same variance for every component: N(0, (scale·s0)²·I).

    Such points lie near the radius scale·s0·sqrt(d), so s0 = median|z|/sqrt(d), unless the prior N(0, I) is asked for.
    """

    config_model = NormalOriginConfig
    order = 2
    kept = SCALE
    prior = True

    def __init__(self, points: Points, config: NormalOriginConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        self.s0 = 1.0 if config.prior else points.median_radius / math.sqrt(points.dimension)

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        normal = rng.standard_normal((count, self.points.dimension))
        return (float(level["scale"]) * self.s0 * normal).astype(np.float32)

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """That of a normal distribution about the origin."""
        if not self.points.spans:
            return None
        axes = float(level["scale"]) * self.s0 * np.eye(self.points.dimension)[:, self.points.varying]
        return density.normal(z, np.zeros(self.points.dimension), axes)

    def facts(self) -> dict[str, Any]:
        """``s0``: the standard deviation that the level 1 stands for."""
        return {"s0": self.s0}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In s0."""
        return f"scale = 1 is the standard deviation s0 = {facts.number('s0')} in every component, in units of z."
