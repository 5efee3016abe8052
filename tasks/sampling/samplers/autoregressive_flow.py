"""A learned density that takes one coordinate after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.learned import LearnedConfig, LearnedSampler, noise
from tasks.sampling.sampler import Level, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts
    from tasks.sampling.learning.fit import Learner


class AutoregressiveFlowConfig(LearnedConfig):
    """Levels, network and training of the flow."""

    temperature: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.8, 1.0), usual=1.0, description="Factor of the standard deviation of the noise that is transformed."
    )
    depth: int = Field(5, ge=1, le=64, description="Transforms, one after another.")


class AutoregressiveFlow(LearnedSampler[AutoregressiveFlowConfig]):
    """Noise transformed by a masked autoregressive flow in whitened coordinates (Papamakarios et al. 2017)."""

    config_model = AutoregressiveFlowConfig
    order = 21

    def build(self, axes: int, seed: int) -> Learner:
        """The transforms."""
        from tasks.sampling.learning import autoregressive

        settings = self.config
        return autoregressive.AutoregressiveFlow(axes, settings.width, settings.depth, settings.dropout, seed)

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        drawn = np.float32(level["temperature"]) * noise(rng, count, self.points.axes.shape[1])
        return self.placed(self.network.generate(drawn))

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """The exact one; None if the fit diverged."""
        if not self._has_density:
            return None
        w, change = self.learned_coordinates(z)
        found: npt.NDArray[np.float64] = self.network.log_density(w, float(level["temperature"]))
        return found + change

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A factor."""
        return "temperature = 1 is the distribution as it was learned; below it draws keep closer to its bulk."
