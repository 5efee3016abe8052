"""The reference case: an interval of its own for every component."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept


class UniformComponentConfig(SamplerConfig):
    """Levels of the component intervals."""

    fact: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
        usual=1.0,
        description="half the interval's length in half-widths of the component's number distribution",
    )


class UniformComponent(Sampler[UniformComponentConfig]):
    """Every component uniform in its own interval [centre − fact·half_width, centre + fact·half_width]."""

    config_model = UniformComponentConfig
    order = 3

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); constant components keep their value."""
        points = self.points
        unit = rng.uniform(-1, 1, (count, points.dimension))
        centre = np.where(points.varying, points.centre, points.mean)
        reach = np.where(points.varying, level["fact"] * points.half_width, 0.0)
        return (centre + reach * unit).astype(np.float32)
