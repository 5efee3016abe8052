"""The reference case: an interval of its own for every component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import INTERVALS, Question
from tasks.sampling.distance import squared_if_uniform
from tasks.sampling.form import Form, uniform
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class UniformComponentConfig(SamplerConfig):
    """Levels of the component intervals."""

    fact: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
        usual=1.0,
        description="Half the interval's length, in half-widths of the component's marginal distribution.",
    )


class UniformComponent(Sampler[UniformComponentConfig]):
    """Every component uniform in its own interval [centre − fact·half_width, centre + fact·half_width]."""

    config_model = UniformComponentConfig
    order = 3
    kept = INTERVALS
    reference_case = True
    question = Question(
        "intervals",
        13,
        "uniform_common",
        "Each component needs an interval of its own: uniform_component beats the best common interval.",
        "One common interval does better here than an interval for each component.",
        "Separate intervals for the components do not help significantly: the best common one is as good.",
        section="ordered",
    )

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); constant components keep their value."""
        unit = rng.uniform(-1, 1, (count, self.points.dimension))
        centre, reach = self._intervals(level)
        return (centre + reach * unit).astype(np.float32)

    def _intervals(self, level: Level) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Middle and half the length of every component's interval, each (d,)."""
        points = self.points
        centre = np.where(points.varying, points.centre, points.mean)
        return centre, np.where(points.varying, level["fact"] * points.half_width, 0.0)

    def form(self, level: Level) -> Form:
        """The intervals."""
        return uniform(*self._intervals(level))

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In half-widths."""
        return f"fact = 1 is one half-width of the component, {facts.median('half_width')} in the median one."

    @classmethod
    def squared_distance(cls, facts: Facts, level: Level, about: npt.NDArray[np.float64]) -> tuple[float, float]:
        """That of a uniform distribution."""
        return squared_if_uniform(facts.array("centre") - about, level["fact"] * facts.array("half_width"))
