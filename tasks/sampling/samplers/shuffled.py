"""The components' own values, torn from each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.sampling.about import POINTS
from tasks.sampling.sampler import Level, Sampler, SamplerConfig


class ShuffledConfig(SamplerConfig):
    """Nothing to choose."""


class Shuffled(Sampler[ShuffledConfig]):
    """Every component drawn from its own training values, independently: exact marginals, no correlations."""

    config_model = ShuffledConfig
    order = 5
    kept = POINTS

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d), with replacement."""
        z = self.points.z_train
        return z.take_each(rng.integers(0, len(z), (count, z.shape[1])))
