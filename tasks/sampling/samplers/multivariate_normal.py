"""One normal distribution with all correlations."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept


class MultivariateNormalConfig(SamplerConfig):
    """Levels of the multivariate normal draw."""

    scale: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 0.75, 1.0), usual=1.0, description="factor of all standard deviations"
    )


class MultivariateNormal(Sampler[MultivariateNormalConfig]):
    """Multivariate normal with the training points' mean and covariance: N(m, scale²·C)."""

    config_model = MultivariateNormalConfig
    order = 6

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); where C is singular, in the span of the points."""
        axes = self.points.axes
        normal = rng.standard_normal((count, axes.shape[1]))
        return (self.points.mean + float(level["scale"]) * normal @ axes.T).astype(np.float32)
