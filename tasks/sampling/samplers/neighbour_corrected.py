"""Any draw, moved toward the local structure of the nearest real points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import POINTS_AND_MOMENTS, Question
from tasks.sampling.correction import Restoration, local_projection, restoration
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, generator, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts

Float64 = npt.NDArray[np.float64]


class NeighbourCorrectedConfig(SamplerConfig):
    """What is moved, by which neighbours and how far."""

    spread: tuple[Literal["kept", "lost"], ...] = swept(
        ("kept", "lost"),
        usual="kept",
        description="Whether the moved set gets back the mean and covariance that it had before.",
    )
    strength: tuple[Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)], ...] = swept(
        (0.0, 0.5, 1.0),
        usual=1.0,
        description="Share of the way to the affine hull of the nearest training points; 0 does not move the draw.",
    )
    base: str = Field("multivariate_normal", description="Sampler whose draws are moved, at its default level.")
    k: int = Field(30, ge=1, le=10_000, description="Number of nearest training points that span the hull.")
    ridge: float = Field(
        0.1,
        gt=0,
        le=10,
        description="Regularisation of the hull's weights, in mean squared offsets of its points.",
    )
    reference: int = Field(
        6000,
        ge=10,
        le=1_000_000,
        description="Number of draws from which each level's lost spread is estimated.",
    )

    def base_sampler(self) -> str:
        """The name of the sampler that is corrected."""
        return self.base

    def levels(self) -> tuple[Level, ...]:
        """The grid, in which strength 0 appears once: there is no spread to lose."""
        return tuple(level for level in super().levels() if level["strength"] > 0 or level["spread"] == self.spread[0])


class NeighbourCorrected(Sampler[NeighbourCorrectedConfig]):
    """Draws of another sampler moved toward the hull of their nearest training points, the set's spread kept.

    z + strength·(p − z) with p the projection of z on the affine hull of its k nearest training points. That alone
    draws the set together and blurs it; so one affine map, the least that does it, then gives the set the mean and
    covariance that it had before. The map is measured on ``reference`` draws of the base, so it depends neither
    on the number drawn nor on the draw. All levels move the same draws.
    """

    config_model = NeighbourCorrectedConfig
    order = 13
    same_draws = True
    kept = POINTS_AND_MOMENTS
    question = Question(
        "correction",
        17,
        "",
        "Moving points toward their nearest real neighbours helps.",
        "Moving points toward their nearest real neighbours makes the set worse, even at the best strength tried.",
        "Moving points toward their nearest real neighbours makes no difference that can be shown.",
        section="correction",
        aside=("lost", "Moved without giving the set its spread back, the faces only blur"),
    )

    def __init__(self, points: Points, config: NeighbourCorrectedConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        self._restorations: dict[float, Restoration] = {}
        self._reference: tuple[Float64, Float64] | None = None

    @property
    def k(self) -> int:
        """Neighbours really taken: as many as configured, or as there are points."""
        return min(self.config.k, len(self.points.z_train))

    def attainable(self, level: Level) -> Level:
        """The draw left alone where all points are neighbours: keeping the spread then takes the move back."""
        if self.k < len(self.points.z_train) or level["spread"] == "lost" or level["strength"] == 0:
            return level
        return {"spread": self.config.spread[0], "strength": 0.0}

    def limit(self) -> str:
        """Why moving can come to nothing."""
        return (
            f"all {self.k} training points are neighbours of every draw, so the move is one affine map, which keeping "
            "the spread takes back"
        )

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        return self.correct(self._base_draw(rng, count), level)

    def correct(self, z: npt.NDArray[np.float32], level: Level) -> npt.NDArray[np.float32]:
        """``z`` (n, d) moved as far as ``level`` says, by the map that keeps the spread of the base's draws."""
        strength = float(level["strength"])
        if strength == 0:
            return z
        moved = z + strength * (self._toward(z) - z)
        if level["spread"] == "kept":
            moved = self._restoration(strength)(moved)
        return moved.astype(np.float32)

    def _base_draw(self, rng: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
        return self.base.draw(rng, count, self.base.usual())

    def _toward(self, z: npt.NDArray[np.floating[Any]]) -> Float64:
        return local_projection(self.points, z, self.k, self.config.ridge)

    def _restoration(self, strength: float) -> Restoration:
        if self._reference is None:
            rng = generator(self.seed, "neighbour_corrected", "reference")
            before = self._base_draw(rng, self.config.reference).astype(np.float64)
            self._reference = before, self._toward(before)
        if strength not in self._restorations:
            before, toward = self._reference
            self._restorations[strength] = restoration(before + strength * (toward - before), before)
        return self._restorations[strength]

    def shortfall(self) -> str:
        """How many neighbours there are, where they are fewer than asked for."""
        if self.k == self.config.k:
            return ""
        return f"there are only {len(self.points.z_train)} training points: {self.k} neighbours, not {self.config.k}"

    def facts(self) -> dict[str, Any]:
        """Whose draws are moved, and by how many neighbours."""
        return {"base": self.config.base, "neighbours_taken": self.k}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A share of the way."""
        return (
            "strength = 1 moves a point the whole way to the affine hull of its neighbours, 0 leaves it where "
            f"{facts.found.get('base', 'the base')} drew it; spread is kept where the set then gets its mean and "
            "covariance back."
        )
