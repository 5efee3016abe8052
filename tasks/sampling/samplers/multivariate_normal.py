"""One normal distribution with all correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling import density
from tasks.sampling.about import MOMENTS, Question, spread_of_points
from tasks.sampling.distance import squared_if_normal
from tasks.sampling.form import Form, normal
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class MultivariateNormalConfig(SamplerConfig):
    """Levels of the multivariate normal draw."""

    scale: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 0.75, 1.0), usual=1.0, description="Factor of all standard deviations."
    )


class MultivariateNormal(Sampler[MultivariateNormalConfig]):
    """Multivariate normal with the training points' mean and covariance: N(m, scale²·C)."""

    config_model = MultivariateNormalConfig
    order = 6
    kept = MOMENTS
    remark = "correlations kept"
    rung = (1, "correlations")
    question = Question(
        "correlations",
        10,
        "normal_component",
        "Correlations matter: leaving them out makes the distance from training reconstructions {ratio} times as "
        "large, all else equal.",
        "Keeping the correlations makes it worse here: normal_component, which lacks them, beats multivariate_normal.",
        "No evidence that correlations matter for the images: multivariate_normal and normal_component cannot be told "
        "apart.",
        same_level=True,
        components=2,
    )

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); where C is singular, in the span of the points."""
        axes = self.points.axes
        unit = rng.standard_normal((count, axes.shape[1]))
        return (self.points.mean + float(level["scale"]) * unit @ axes.T).astype(np.float32)

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """That of a normal distribution."""
        points = self.points
        return density.normal(z, points.mean, float(level["scale"]) * points.axes) if points.spans else None

    def form(self, level: Level) -> Form:
        """The distribution itself."""
        return normal(self.points.mean, level["scale"] * self.points.axes)

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In the points' standard deviations."""
        return spread_of_points(facts)

    @classmethod
    def squared_distance(cls, facts: Facts, level: Level, about: npt.NDArray[np.float64]) -> tuple[float, float]:
        """That of a normal distribution."""
        return squared_if_normal(facts.array("mean") - about, level["scale"] ** 2 * facts.array("covariance"))
