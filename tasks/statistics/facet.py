"""The base of all facets: one further question about the latent points, asked after the passes over all of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.statistics.planes import Planes
from tasks.statistics.results import Analysis

Floats = npt.NDArray[np.float64]
Labelled = tuple[npt.NDArray[Any], tuple[str, ...]]


class Facet(NamedTuple):
    """A facet's answer.

    arrays: for ``statistics.zarr``, each with the names of its dimensions; facts: the scalars, as JSON types, that
    ``summary.json`` holds under the facet's name (NaN and infinity become null).
    """

    arrays: dict[str, Labelled]
    facts: dict[str, Any]


class Subset(NamedTuple):
    """A seeded choice from one side. rows: (m,) int64 positions in the data set, ascending; z: (m, d) float32."""

    rows: npt.NDArray[np.int64]
    z: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Cloud:
    """All that a facet may ask about the latent points.

    analysis: what the passes over all points found; training, heldout: points that fit into memory, at most
    ``analyse.sample_points`` of each side; core: (m,) bool, which of the training ones lie in the core, None where
    there is none; planes: in which the density of all training points was counted, density: (p, bins, bins) int64, and
    inside: (2, p, 3) held-out and training points within their ellipses of 1, 2, 3 sigma; images: path of the data
    set's ``images.zarr``; array: path of all z (n, d) float32.
    """

    analysis: Analysis
    training: Subset
    heldout: Subset
    core: npt.NDArray[np.bool_] | None
    planes: Planes
    density: npt.NDArray[np.int64]
    inside: npt.NDArray[np.int64]
    images: Path
    array: Path

    def rng(self, name: str) -> np.random.Generator:
        """The facet's own random generator, so that no facet's draws depend on another's."""
        return np.random.default_rng([self.analysis.config.seed, zlib.crc32(name.encode())])

    def centred(self, z: npt.NDArray[np.floating[Any]]) -> Floats:
        """z − mean of the training points over the v components that vary: (n, v) float64."""
        varies = self.analysis.train.varies
        return np.asarray(z[:, varies].astype(np.float64) - self.analysis.train.mean[varies])

    def coordinates(self, z: npt.NDArray[np.floating[Any]], axes: int) -> Floats:
        """Coordinates (n, k) float64 of ``z`` (n, d) along the first k main axes, k at most ``axes``."""
        eigenvalue, eigenvector = self.analysis.axes
        positive = int(np.sum(eigenvalue > 1e-12 * eigenvalue[0]))
        used = eigenvector[:, : min(axes, positive)]
        return np.asarray((z.astype(np.float64) - self.analysis.train.mean) @ used)
