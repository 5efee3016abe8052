"""One normal distribution with all correlations, taken from the core alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling import density
from tasks.sampling.about import MOMENTS, Question
from tasks.sampling.points import Points, scaled_axes
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class MultivariateNormalCoreConfig(SamplerConfig):
    """Levels of the multivariate normal draw from the core's moments."""

    scale: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (1.0,), usual=1.0, description="Factor of all standard deviations."
    )


class MultivariateNormalCore(Sampler[MultivariateNormalCoreConfig]):
    """Multivariate normal with the mean and covariance of the core, the points that lie near the bulk.

    Where the statistics define no core (fewer than five training points per component) the moments are those of
    all training points, as in ``multivariate_normal``; a warning and the facts of the samples say so.
    """

    config_model = MultivariateNormalCoreConfig
    order = 7
    kept = MOMENTS
    question = Question(
        "trimming",
        16,
        "multivariate_normal",
        "Drawing from the core alone helps: its moments beat those of all points.",
        "Drawing from the core alone hurts: the moments of all points do better.",
        "Whether the moments come from the core or from all points makes no difference that can be shown.",
        same_level=True,
        unless_false=("core", "defined"),
    )

    def __init__(self, points: Points, config: MultivariateNormalCoreConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        self.defined = {"core_mean", "core_covariance"} <= set(points.statistics)
        if self.defined:
            self.mean = points.statistics["core_mean"]
            self.axes = scaled_axes(points.statistics["core_covariance"], points.varying)
        else:
            self.mean, self.axes = points.mean, points.axes

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        normal = rng.standard_normal((count, self.axes.shape[1]))
        return (self.mean + float(level["scale"]) * normal @ self.axes.T).astype(np.float32)

    def shortfall(self) -> str:
        """How many points a core would need."""
        if self.defined:
            return ""
        return (
            f"these points have no core ({len(self.points.z_train)} training points of {self.points.dimension} "
            "components; five per component are needed): the moments are those of all training points"
        )

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """That of a normal distribution; None where the core spans fewer axes than the components that vary."""
        if self.axes.shape[1] < self.points.varying.sum():
            return None
        return density.normal(z, self.mean, float(level["scale"]) * self.axes)

    def facts(self) -> dict[str, Any]:
        """Whose moments they are: those of the core, or of all training points where there is none."""
        return {"moments": "core" if self.defined else "all training points, as there is no core"}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In the core's standard deviations, if there is one."""
        if facts.found.get("moments") != "core":
            return "There is no core here: the moments are those of all training points, as in multivariate_normal."
        return "scale = 1 is the spread of the core."
