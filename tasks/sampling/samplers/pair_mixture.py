"""Two real points in one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tasks.sampling.about import POINTS
from tasks.sampling.paths import random_pairs
from tasks.sampling.sampler import Level, Sampler, SamplerConfig


class PairMixtureConfig(SamplerConfig):
    """Nothing to choose."""


class PairMixture(Sampler[PairMixtureConfig]):
    """The sum of two training points about the mean, m + (z_a + z_b − 2m)/√2, which keeps mean and covariance.

    The pair is two different points, so the covariance is that of the training points times (n − 2)/n. Higher
    cumulants shrink: skewness and excess kurtosis of every component by √2 and 2.
    """

    config_model = PairMixtureConfig
    order = 14
    kept = POINTS

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        mean, (first, second) = self.points.mean, random_pairs(self.points, rng, count)
        both = (first - mean) + (second - mean)
        return np.asarray(mean + both / math.sqrt(2), np.float32)
