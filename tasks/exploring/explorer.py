"""From a state of the explorer to a point in latent space, and what there is to see at that point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.exploring.correction import corrected, correction_of
from tasks.exploring.drawing import Z
from tasks.exploring.integrity import Integrity, integrity_of
from tasks.exploring.opened import Images, OpenedStudy
from tasks.exploring.state import Drawn, Mean, Order, Real, State, Walk
from tasks.sampling.labels import FEWEST, WITH, WITHOUT, has_labels
from tasks.sampling.paths import between
from tasks.sampling.sampler import generator
from tasks.stage.errors import InputError
from tasks.statistics.attributes import discriminant

Floats = npt.NDArray[np.float64]
DISTANCES = {"mahalanobis": "mahalanobis", "euclidean": "centre_distance", "radius": "radius"}
"""Each distance and the array of the statistics that holds it for every image."""


@dataclass(frozen=True)
class Plane:
    """A plane through the points. pair: two components (kind correlation, offset) or two main axes, from 0."""

    kind: str
    pair: tuple[int, int]
    directions: Floats


@dataclass(frozen=True)
class View:
    """What there is to see at ``z`` (d,): the face (S, S, 3), distances, their ranks, coordinates (p, 2) in planes.

    ``integrity``: whether the face is broken; None where the study was not scored.
    """

    z: Z
    face: Images
    distances: dict[str, float]
    nearer: dict[str, float]
    planes: Floats
    integrity: Integrity | None


class Explorer:
    """Walks through the latent space of a study."""

    def __init__(self, study: OpenedStudy) -> None:
        self.study = study
        self.has_correction = correction_of(study) is not None

    @cached_property
    def axes(self) -> Floats:
        """Steps of one standard deviation along the main axes, (axis, component); axes without variance left out."""
        measured = self.study.points.statistics
        value = measured["eigenvalue"]
        kept = value > 1e-12 * value[0]
        return np.asarray((measured["eigenvector"][:, kept] * np.sqrt(value[kept])).T)

    @cached_property
    def attribute_names(self) -> list[str]:
        """The attributes that have a direction, the farthest apart first; none where the data set has none."""
        apart = {
            name: float(step @ self.study.points.statistics["precision"] @ step)
            for name, step in self._attributes["difference"].items()
        }
        return sorted(apart, key=lambda name: -apart[name])

    @cached_property
    def _attributes(self) -> dict[str, dict[str, Floats]]:
        """The step of 1 along each attribute, (d,), by direction and name.

        ``difference``: from the mean of the points without to that of those with it; ``probe``: the shortest step
        that changes the linear probe's score as much.
        """
        measured = self.study.points.statistics
        if "attribute_shift" not in measured:
            return {"difference": {}, "probe": {}}
        shift = measured["attribute_shift"]
        probe, length = discriminant(np.nan_to_num(shift), measured["precision"])
        difference: dict[str, Floats] = {}
        read: dict[str, Floats] = {}
        for row, name in enumerate(self.study.finished.attribute_names):
            if np.isfinite(shift[row]).all() and length[row] > 0:
                difference[name] = shift[row]
                read[name] = probe[row] * (length[row] ** 2 / (probe[row] @ probe[row]))
        return {"difference": difference, "probe": read}

    @cached_property
    def orders(self) -> list[str]:
        """The attributes that a draw can have or lack, the commonest first; none where the data set has none."""
        if not has_labels(self.study.dataset):
            return []
        labels = self.study.labels
        having = (labels.value == WITH).sum(axis=0)
        enough = np.maximum(having, (labels.value == WITHOUT).sum(axis=0)) >= FEWEST
        return [labels.names[column] for column in np.argsort(-having, kind="stable") if enough[column]]

    @cached_property
    def planes(self) -> list[Plane]:
        """The planes whose densities the statistics hold."""
        measured = self.study.points.statistics
        if "plane_pair" not in measured:
            return []
        kinds = self.study.finished.summary["planes"]["kind"]
        unit = np.eye(self.study.points.dimension)
        planes = []
        for kind, pair in zip(kinds, measured["plane_pair"], strict=True):
            first, second = (int(side) for side in pair)
            span = measured["eigenvector"] if kind == "axes" else unit
            planes.append(Plane(kind, (first, second), span[:, [first, second]].T))
        return planes

    @cached_property
    def train_distances(self) -> dict[str, Floats]:
        """Each distance of the training points, ascending."""
        measured, rows = self.study.points.statistics, self.study.points.train_index
        return {name: np.sort(measured[array][rows]) for name, array in DISTANCES.items()}

    def start(self, state: State) -> Z:
        """Where the moves of ``state`` start from, (d,). Raises ``InputError`` for what the study does not have."""
        start = state.start
        if isinstance(start, Mean):
            return self.study.points.mean.astype(np.float32)
        if isinstance(start, Drawn):
            return self._draw(start)
        if isinstance(start, Order):
            rng = generator(start.seed, "order", "explore")
            return np.asarray((self.study.guided or self.study.conditioned).draw(rng, 1, start.attributes)[0])
        if isinstance(start, Real):
            return np.asarray(self.study.z[self.study.rows(start.row)][0])
        if isinstance(start, Walk):
            ends = self.study.z[self.study.rows([start.first, start.second])]
            way = between(self.study.points, ends[:1], ends[1:], np.array([start.t]), start.mode)
            return np.asarray(way[0, 0])
        return np.asarray(self.study.as_points(start.z)[0])

    def _draw(self, start: Drawn) -> Z:
        """One draw, from random numbers that the level does not change: so a parameter moves one and the same face."""
        _, level = self.study.choose(start.sampler, {name: _whole(value) for name, value in start.level.items()})
        rng = generator(start.seed, start.sampler, "explore")
        return np.asarray(self.study.fitted(start.sampler).draw(rng, 1, level)[0])

    def point(self, state: State) -> Z:
        """The point (d,) float32 of ``state``. Raises ``InputError`` for what the study does not have."""
        z = self.start(state)
        moved = z.astype(np.float64)
        for axis, sigmas in state.axes.items():
            moved = moved + sigmas * self.axes[self._known(axis, len(self.axes), "main axis")]
        for component, sigmas in state.components.items():
            row = self._known(component, self.study.points.dimension, "component")
            moved[row] += sigmas * self.study.points.std[row]
        steps = self._attributes[state.direction]
        for name, amount in state.attributes.items():
            if name not in steps:
                raise InputError(f"there is no attribute {name!r}; there are {', '.join(steps) or 'none'}")
            moved = moved + amount * steps[name]
        z = moved.astype(np.float32)
        if state.correction is None:
            return z
        if not self.has_correction:
            raise InputError("correction: this study has no sampler that corrects points")
        return np.asarray(corrected(self.study, z[None], state.correction)[0])

    @staticmethod
    def _known(index: int, count: int, what: str) -> int:
        if index >= count:
            raise InputError(f"there is no {what} {index}; there are 0 to {count - 1}")
        return index

    def view(self, state: State) -> View:
        """What there is to see at the point of ``state``."""
        z = self.point(state)
        distances = {name: float(value[0]) for name, value in self.study.distances(z)._asdict().items()}
        nearer = {
            name: float(np.searchsorted(known, distances[name]) / len(known))
            for name, known in self.train_distances.items()
        }
        places = [plane.directions @ z.astype(np.float64) for plane in self.planes]
        face = self.study.decode(z)[0]
        integrity = integrity_of(self.study, face) if self.study.artifacts.scores is not None else None
        return View(z, face, distances, nearer, np.array(places).reshape(-1, 2), integrity)


def _whole(value: Any) -> Any:
    """JSON has one kind of number: whole ones are given as int, which a float's parameter takes too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
