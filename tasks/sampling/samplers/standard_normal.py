"""The prior of a variational autoencoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tasks.sampling import density
from tasks.sampling.about import NOTHING
from tasks.sampling.distance import squared_if_normal
from tasks.sampling.form import Form, normal
from tasks.sampling.sampler import Level, Sampler, SamplerConfig

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class StandardNormalConfig(SamplerConfig):
    """The prior has no settings."""


class StandardNormal(Sampler[StandardNormalConfig]):
    """Standard normal: N(0, I), the prior that a variational autoencoder was trained towards, whatever the points are.

    Drawn from where such a model was adopted, and where it is named.
    """

    config_model = StandardNormalConfig
    order = 2
    kept = NOTHING
    on_request = True

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        return rng.standard_normal((count, self.points.dimension)).astype(np.float32)

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """That of a standard normal distribution."""
        if not self.points.spans:
            return None
        dimension = self.points.dimension
        return density.normal(z, np.zeros(dimension), np.eye(dimension)[:, self.points.varying])

    def form(self, level: Level) -> Form:
        """The distribution itself."""
        return normal(np.zeros(self.points.dimension), np.eye(self.points.dimension))

    @classmethod
    def squared_distance(cls, facts: Facts, level: Level, about: npt.NDArray[np.float64]) -> tuple[float, float]:
        """That of a normal distribution."""
        return squared_if_normal(-about, np.eye(len(about)))
