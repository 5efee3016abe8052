"""What draws are compared with: the held-out points, and how far apart training points lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array, stored_array
from storage.rows import StoredRows
from tasks.assessment.copies import COMPARED, NEAREST, SAME
from tasks.compute.subsets import evenly
from tasks.ingestion.partition import TRAIN
from tasks.rating.config import RateConfig
from tasks.sampling.points import Points, load_points

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Truth:
    """Training points and held-out ones, ``held_out`` (m, d) float32; in memory only where they are few.

    In each comparison ``count`` points of either side take part.
    """

    points: Points
    held_out: StoredRows
    config: RateConfig

    @classmethod
    def open(cls, dataset: Path, latents: Path, statistics: Path, config: RateConfig) -> Truth:
        """That of finished artifacts."""
        partition = read_array(open_complete(dataset / "images.zarr"), "partition")
        held_out = StoredRows(
            stored_array(open_complete(latents / "latents.zarr"), "z"), np.flatnonzero(partition != TRAIN)
        )
        return cls(load_points(dataset, latents, statistics), held_out, config)

    @property
    def count(self) -> int:
        """Points of each draw: as many as configured, or as there are held-out ones."""
        return min(self.config.count, len(self.held_out), len(self.points.z_train))

    @cached_property
    def scale(self) -> float:
        """The root mean square standard deviation of a component: the unit of distances."""
        return float(np.sqrt(np.diag(self.points.covariance).mean()))

    def chosen(self, points: StoredRows) -> list[Float32]:
        """``repeats`` + 1 sets of ``count`` of ``points``: disjoint if there are enough, else seeded choices each.

        The last one is for the choice of levels, so that no judged draw is compared with points that chose its level.
        """
        rng, sets = np.random.default_rng(self.config.seed), self.config.repeats + 1
        if sets * self.count <= len(points):
            rows = rng.permutation(len(points))[: sets * self.count]
        else:
            rows = np.concatenate([rng.choice(len(points), self.count, replace=False) for _ in range(sets)])
        return list(points.take(rows).reshape(sets, self.count, -1))

    def yardstick(self) -> dict[str, Any]:
        """The distance up to which a draw is a copy, and that of an unseen point from the nearest training point.

        copy: the ``NEAREST`` quantile of the distances from training points to the nearest other one, those that are
        there twice left out; unseen: a mean, None where every held-out point is a training point too; known: the share
        of held-out points that are.
        """
        z = self.points.z_train
        rows = evenly(len(z), COMPARED)
        compared = z.take(rows)
        beside = self.held_out.take(evenly(len(self.held_out), COMPARED))
        # One pass over the training points for both: a held-out point leaves out none of them.
        left_out = np.concatenate([rows, np.full(len(beside), -1)])
        found = self.points.neighbours.distance(np.concatenate([compared, beside]), left_out)
        apart, unseen = found[: len(rows)], found[len(rows) :]
        centred = compared - self.points.mean
        same = float(np.sqrt(SAME * np.square(centred).sum(axis=1).mean()))
        differing = apart[apart > same]
        return {
            "copy": float(np.quantile(differing, NEAREST)) if len(differing) else same,
            "unseen": float(unseen.mean()) if unseen.any() else None,
            "known": float((unseen <= same).mean()),
        }
