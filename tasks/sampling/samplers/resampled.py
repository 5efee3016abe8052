"""Copies: what no sampler can beat without being new."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.sampling.sampler import Level, Sampler, SamplerConfig


class ResampledConfig(SamplerConfig):
    """Nothing to choose."""


class Resampled(Sampler[ResampledConfig]):
    """Real training points as they are: the bound that copying reaches."""

    config_model = ResampledConfig
    order = 17

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d): no point twice before every point was taken once."""
        z = self.points.z_train
        rounds = -(-count // len(z))
        rows = np.concatenate([rng.permutation(len(z)) for _ in range(rounds)])[:count]
        return z.take(rows, axis=0)
