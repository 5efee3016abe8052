"""A second autoencoder, of the latent points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tasks.sampling.learned import LearnedConfig, LearnedSampler, noise
from tasks.sampling.sampler import Level

if TYPE_CHECKING:
    from tasks.sampling.learning.fit import Learner


class TwoStageConfig(LearnedConfig):
    """Network and training of the second stage."""


class TwoStage(LearnedSampler[TwoStageConfig]):
    """Decoded from a second VAE, which learns the latent points in whitened coordinates (Dai & Wipf 2019).

    It has no density that could be computed, only a lower bound of it.
    """

    config_model = TwoStageConfig
    order = 22

    def build(self, axes: int, seed: int) -> Learner:
        """The second VAE."""
        from tasks.sampling.learning.second_vae import SecondVAE

        return SecondVAE(axes, self.config.width, self.config.depth, self.config.dropout, seed)

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        axes = self.points.axes.shape[1]
        return self.placed(self.network.generate(noise(rng, count, axes), noise(rng, count, axes)))
