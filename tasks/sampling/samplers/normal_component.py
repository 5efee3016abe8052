"""Normal components without their correlations."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept


class NormalComponentConfig(SamplerConfig):
    """Levels of the independent normal draw."""

    scale: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 0.75, 1.0), usual=1.0, description="factor of every component's standard deviation"
    )


class NormalComponent(Sampler[NormalComponentConfig]):
    """Every component normal with its own mean and variance, independently: N(m_j, scale²·C_jj)."""

    config_model = NormalComponentConfig
    order = 4

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); constant components stay at the mean."""
        std = np.where(self.points.varying, self.points.std, 0.0)
        normal = rng.standard_normal((count, self.points.dimension))
        return (self.points.mean + float(level["scale"]) * std * normal).astype(np.float32)
