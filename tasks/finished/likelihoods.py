"""How likely held-out points are under every way of drawing that has a density."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.assessment.tables import LIKELIHOOD_FACTS as FACTS
from tasks.assessment.tables import LIKELIHOODS, AtLevel
from tasks.finished.estimates import Estimate, estimate


@dataclass(frozen=True, eq=False)
class Density(AtLevel):
    """A sampler at one level. log_density: of each held-out point, in nats per component, (row,); normal: the same of
    the normal distribution with the training points' mean and covariance.
    """

    log_density: npt.NDArray[np.float64]
    normal: npt.NDArray[np.float64]

    @cached_property
    def nats(self) -> Estimate:
        """Mean log density per component."""
        return estimate(self.log_density.tolist())

    @cached_property
    def gain(self) -> Estimate:
        """By how much that is more than the normal distribution's, point by point."""
        return estimate((self.log_density - self.normal).tolist())

    def over(self, other: Density) -> Estimate:
        """By how much held-out points are likelier under this one than under the other, point by point."""
        return estimate((self.log_density - other.log_density).tolist())


@dataclass(frozen=True)
class Likelihoods:
    """ways: all that have a density; absent: why a sampler that could have one has none here, by its name."""

    ways: tuple[Density, ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    points: int = 0

    def best(self, *samplers: str) -> Density | None:
        """The likeliest of the ways of these samplers; None where there is none."""
        ways = [way for way in self.ways if way.sampler in samplers]
        return max(ways, key=lambda way: way.nats.value, default=None)

    @property
    def leaders(self) -> tuple[Density, ...]:
        """Each sampler at its likeliest level, the likeliest first."""
        best = {way.sampler: way for way in sorted(self.ways, key=lambda way: way.nats.value)}
        return tuple(sorted(best.values(), key=lambda way: -way.nats.value))


def read_likelihoods(scores: Path) -> Likelihoods:
    """Those of a ``scores`` artifact; none where nothing was measured."""
    if not (scores / FACTS).exists():
        return Likelihoods()
    facts = read_json(scores / FACTS)
    absent, points = tuple(facts["absent"].items()), int(facts["points"])
    if not (scores / LIKELIHOODS).exists():
        return Likelihoods(absent=absent, points=points)
    group, per = open_complete(scores / LIKELIHOODS), int(facts["components"])
    normal = read_array(group, "normal") / per
    named = zip(*(read_array(group, name) for name in ("sampler", "label", "log_density")), strict=True)
    ways = tuple(Density(str(sampler), str(label), values / per, normal) for sampler, label, values in named)
    return Likelihoods(ways, absent, points)
