"""Planes through the cloud in which its density is counted: pairs of components and pairs of main axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tasks.statistics.results import Analysis

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

REACH = 4.0
"""Half a side of a plane's density, in standard deviations."""

SIGMAS = (1.0, 2.0, 3.0)
"""Mahalanobis radii of the ellipses; a normal distribution has 39.3, 86.5 and 98.9 % of its points inside."""


@dataclass(frozen=True)
class Planes:
    """p planes, each spanned by two unit vectors.

    kind: why each is looked at ("correlation", "offset" or "axes"); pair: (p, 2) components or axes, from 0;
    directions: (d, p, 2); mean: (p, 2) and covariance: (p, 2, 2) of the training points; edges: (p, 2, bins + 1).
    """

    kind: tuple[str, ...]
    pair: npt.NDArray[np.int64]
    directions: Floats
    mean: Floats
    covariance: Floats
    edges: Floats

    def coordinates(self, z: Floats) -> Floats:
        """Coordinates (n, p, 2) of ``z`` (n, d)."""
        return np.asarray((z @ self.directions.reshape(len(z.T), -1)).reshape(len(z), -1, 2))

    def inside(self, coordinates: Floats) -> npt.NDArray[np.bool_]:
        """Whether points (n, p, 2) lie inside each of the ellipses of ``SIGMAS``: (n, p, 3)."""
        y = coordinates - self.mean
        squared = np.einsum("npi,pij,npj->np", y, np.linalg.inv(self.covariance), y)
        return np.asarray(squared[:, :, None] <= np.square(SIGMAS))

    def density(self, coordinates: Floats) -> Counts:
        """Counts (p, bins, bins), second coordinate first (y, x); points beyond the edges are left out."""
        planes, bins = len(self.kind), self.edges.shape[2] - 1
        first, last = self.edges[:, :, 0], self.edges[:, :, -1]
        cell = np.floor((coordinates - first) / (last - first) * bins).astype(np.int64)
        within = np.all((cell >= 0) & (cell < bins), axis=2)
        flat = (np.arange(planes) * bins + cell[:, :, 1]) * bins + cell[:, :, 0]
        return np.bincount(flat[within], minlength=planes * bins * bins).reshape(planes, bins, bins)


def choose_planes(analysis: Analysis) -> Planes:
    """``analyse.planes`` pairs of each kind: the most strongly correlated components, those that carry the offset
    (the first with the second, the third with the fourth, …), and consecutive main axes; none without an area."""
    wanted, bins = analysis.config.planes, analysis.config.plane_bins
    components = len(analysis.std)
    chosen: list[tuple[str, int, int, Floats, Floats]] = []
    unit = np.eye(components)
    for first, second in _strongest_pairs(analysis, wanted):
        chosen.append(("correlation", first, second, unit[first], unit[second]))
    centre = np.where(analysis.train.varies, analysis.centre_and_half_width[0], 0.0)
    carriers = [int(j) for j in np.argsort(-np.abs(centre), kind="stable") if analysis.train.varies[j]]
    for first, second in zip(carriers[0 : 2 * wanted : 2], carriers[1 : 2 * wanted : 2], strict=False):
        chosen.append(("offset", first, second, unit[first], unit[second]))
    eigenvalue, axes = analysis.axes
    spread = [axis for axis in range(min(2 * wanted, components)) if eigenvalue[axis] > 1e-12 * eigenvalue[0]]
    for first, second in zip(spread[0::2], spread[1::2], strict=False):
        chosen.append(("axes", first, second, axes[:, first], axes[:, second]))
    directions = np.array([[u, v] for *_, u, v in chosen]).reshape(-1, 2, components)
    covariance = directions @ analysis.covariance @ directions.transpose(0, 2, 1)
    spans = np.linalg.det(covariance) > 1e-9 * covariance[:, 0, 0] * covariance[:, 1, 1]
    chosen = [one for one, kept in zip(chosen, spans, strict=True) if kept]
    directions, covariance = directions[spans], covariance[spans]
    mean = directions @ analysis.train.mean
    reach = REACH * np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    return Planes(
        kind=tuple(kind for kind, *_ in chosen),
        pair=np.array([[first, second] for _, first, second, *_ in chosen], np.int64).reshape(-1, 2),
        directions=np.ascontiguousarray(directions.transpose(2, 0, 1)),
        mean=mean,
        covariance=covariance,
        edges=np.linspace(mean - reach, mean + reach, bins + 1, axis=2),
    )


def _strongest_pairs(analysis: Analysis, count: int) -> list[tuple[int, int]]:
    """Pairs of components by descending |correlation|."""
    rows, columns = np.triu_indices(len(analysis.std), k=1)
    values = np.abs(analysis.correlation[rows, columns])
    usable = np.flatnonzero(np.isfinite(values))
    order = usable[np.argsort(-values[usable], kind="stable")][:count]
    return [(int(rows[k]), int(columns[k])) for k in order]
