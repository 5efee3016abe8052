"""Points in planes through the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.paths import Frame, directions
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class PathConfig(SamplerConfig):
    """Levels of the planes."""

    along: tuple[Frame, ...] = swept(
        ("offset", "axes"),
        usual="offset",
        description="What spans the planes: the components with the core's largest offsets, or the leading main axes.",
    )
    reach: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (2.0,),
        usual=2.0,
        description="Largest step from the core's centre, in standard deviations along a direction.",
    )
    directions: int = Field(8, ge=2, le=1000, description="Number of leading directions whose pairs span the planes.")


class Path(Sampler[PathConfig]):
    """Planes through the core: two leading directions at a time vary, everything else stays at the centre.

    z = centre + reach·(u_a·s_a·e_a + u_b·s_b·e_b) with u uniform in [−1, 1], a and b a random pair of the leading
    directions and s their standard deviations. Along main axes the centre is the mean.
    """

    config_model = PathConfig
    order = 15

    def __init__(self, points: Points, config: PathConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        self.frames = {frame: directions(points, frame, config.directions) for frame in config.along}

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d); with one direction alone, on its line."""
        centre, steps = self.frames.get(level["along"]) or directions(
            self.points, level["along"], self.config.directions
        )
        first = rng.integers(0, len(steps), count)
        second = (first + rng.integers(1, max(2, len(steps)), count)) % len(steps)
        u = float(level["reach"]) * rng.uniform(-1, 1, (2, count, 1))
        along = np.where((first != second)[:, None], u[1] * steps[second], 0.0)
        return np.asarray(centre + u[0] * steps[first] + along, np.float32)

    def facts(self) -> dict[str, Any]:
        """How many directions each kind of plane has."""
        return {"directions": {f"along={frame}": len(steps) for frame, (_, steps) in self.frames.items()}}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """In standard deviations, and the directions that there are."""
        text, lengths = "reach is counted in standard deviations along either direction", facts.statistic("eigenvalue")
        if lengths is not None:
            text += f"; one is {facts.short(float(np.sqrt(np.max(lengths))))} along the first axis"
        counts = facts.each("directions", lambda label, count: f"{label} has {count}")
        return f"{text}. Directions to choose pairs from: {counts}." if counts else f"{text}."
