"""Main axes drawn one after another, every pair inside its confidence ellipse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
import scipy
from pydantic import Field

from tasks.sampling.about import MOMENTS
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class EllipseRestrictedConfig(SamplerConfig):
    """Levels of the confidence ellipses."""

    P: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = swept(
        (0.9, 0.99),
        usual=0.99,
        description="Probability of a normal distribution inside each pair's ellipse.",
    )


class EllipseRestricted(Sampler[EllipseRestrictedConfig]):
    """Main axes drawn one after another, each normal but cut so that every pair stays in its confidence ellipse.

    In whitened coordinates, axes descending: w_i is normal, truncated to w_i² ≤ r² − max_{j<i} w_j² with
    r² = −2 ln(1 − P), the squared Mahalanobis radius that holds the share P of a two-dimensional normal
    distribution. The lengths are not scaled up again, so the draws vary less than the points.
    """

    config_model = EllipseRestrictedConfig
    order = 9
    kept = MOMENTS

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        squared = -2 * math.log1p(-level["P"])
        uniform = rng.uniform(size=(count, self.points.axes.shape[1]))
        w = np.empty_like(uniform)
        largest = np.zeros(count)
        for axis in range(w.shape[1]):
            limit = np.sqrt(np.maximum(squared - largest, 0.0))
            below = scipy.special.ndtr(-limit)
            w[:, axis] = np.clip(scipy.special.ndtri(below + uniform[:, axis] * (1 - 2 * below)), -limit, limit)
            largest = np.maximum(largest, w[:, axis] ** 2)
        return self.points.colour(w).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """The Mahalanobis radius of each P's ellipse."""
        return {"radius": {f"P={P}": math.sqrt(-2 * math.log1p(-P)) for P in self.config.P}}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A probability, and the radius that it stands for."""
        cut = facts.each("radius", lambda label, r: f"{label} cuts at {facts.short(r)} standard deviations")
        return f"P is the share of a normal pair inside the ellipse{f': {cut}' if cut else ''}."
