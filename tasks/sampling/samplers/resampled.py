"""Copies: what no sampler can beat without being new."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.sampling.about import POINTS
from tasks.sampling.form import ONE_OF_POINTS, WITH_POINTS, Form
from tasks.sampling.sampler import Level, Sampler, SamplerConfig


class ResampledConfig(SamplerConfig):
    """Nothing to choose."""


class Resampled(Sampler[ResampledConfig]):
    """Training points themselves: the best that copying can reach."""

    config_model = ResampledConfig
    order = 17
    kept = POINTS

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d): no point twice before every point was taken once."""
        z = self.points.z_train
        rounds = -(-count // len(z))
        rows = np.concatenate([rng.permutation(len(z)) for _ in range(rounds)])[:count]
        return z.take(rows)

    def form(self, level: Level) -> Form:
        """The points themselves."""
        return Form("points", {"point": self.points.z_train.all()}, ONE_OF_POINTS, WITH_POINTS)
