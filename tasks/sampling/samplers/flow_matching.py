"""A learned flow from noise to the points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import Question
from tasks.sampling.learned import LearnedConfig, LearnedSampler, noise
from tasks.sampling.sampler import Level, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts
    from tasks.sampling.learning.fit import Learner

PROBES = 0
"""Seed of the probes by which the density is estimated."""


class FlowMatchingConfig(LearnedConfig):
    """Levels, network and training of the flow."""

    steps: tuple[Annotated[int, Field(ge=1, le=10_000)], ...] = swept(
        (10, 30), usual=30, description="Steps in which a point is moved from noise to its place, of two looks each."
    )
    epochs: int = Field(300, ge=1, le=100_000, description="Passes through the training points, at most.")
    fit_steps: int = Field(6000, ge=1, le=10_000_000, description="Steps of the fit, at most, however many points.")


class FlowMatching(LearnedSampler[FlowMatchingConfig]):
    """Noise moved along a learned velocity field, by flow matching in whitened coordinates (Lipman et al. 2023)."""

    config_model = FlowMatchingConfig
    order = 20
    question = Question(
        "learned",
        17,
        "gaussian_mixture",
        "Learned structure matters: flow matching beats the best mixture of normal distributions.",
        "Learned structure does not help: a mixture of normal distributions beats flow matching.",
        "No evidence that flow matching makes better faces than a mixture of normal distributions.",
    )

    def build(self, axes: int, seed: int) -> Learner:
        """The velocity field."""
        from tasks.sampling.learning.velocity import Velocity

        return Velocity(axes, self.config.width, self.config.depth, self.config.dropout, seed)

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        from tasks.sampling.learning.velocity import flow

        w = flow(self.network, noise(rng, count, self.points.axes.shape[1]), int(level["steps"]))
        return self.placed(w)

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """By the divergence of the field; None if the fit diverged. Of many components an unbiased estimate."""
        from tasks.sampling.learning.velocity import log_density

        if not self._has_density:
            return None
        w, change = self.learned_coordinates(z)
        return log_density(self.network, w, int(level["steps"]), PROBES) + change

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A count."""
        return "steps is the number of steps of the midpoint rule from noise to point."
