"""Normal components without their correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling import density
from tasks.sampling.about import INTERVALS, spread_of_points
from tasks.sampling.distance import squared_if_normal
from tasks.sampling.form import Form, normal
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class NormalComponentConfig(SamplerConfig):
    """Levels of the independent normal draw."""

    scale: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 0.75, 1.0), usual=1.0, description="Factor of the standard deviation of each component."
    )


class NormalComponent(Sampler[NormalComponentConfig]):
    """Every component normal with its own mean and variance, independently: N(m_j, scale²·C_jj)."""

    config_model = NormalComponentConfig
    order = 4
    kept = INTERVALS
    remark = "correlations left out"
    rung = (0, "independent components")

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); constant components stay at the mean."""
        unit = rng.standard_normal((count, self.points.dimension))
        return (self.points.mean + float(level["scale"]) * self._std * unit).astype(np.float32)

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """The product of the components' normal densities."""
        if not self.points.spans:
            return None
        return density.normal(z, self.points.mean, float(level["scale"]) * np.diag(self._std)[:, self.points.varying])

    def form(self, level: Level) -> Form:
        """A normal distribution with a diagonal factor."""
        return normal(self.points.mean, np.diag(level["scale"] * self._std))

    @property
    def _std(self) -> npt.NDArray[np.float64]:
        return np.where(self.points.varying, self.points.std, 0.0)

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In the points' standard deviations."""
        return spread_of_points(facts)

    @classmethod
    def squared_distance(cls, facts: Facts, level: Level, about: npt.NDArray[np.float64]) -> tuple[float, float]:
        """That of a normal distribution."""
        variance = np.diag(np.diagonal(facts.array("covariance")))
        return squared_if_normal(facts.array("mean") - about, level["scale"] ** 2 * variance)
