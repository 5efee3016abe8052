"""Is a cloud of points one region or several? Components of its neighbour graph and clusters of its dense parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from tasks.statistics.neighbours import nearest_others

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEVELS = (0.25, 0.5, 0.75, 0.9)
"""Shares of the points, the densest, that are kept one after another."""

COMPONENT_SHARE, CLUSTER_SHARE = 0.005, 0.02
"""A component counts from this share of the points, a cluster from this share of the kept points."""

SMALLEST = 5
"""Points below which nothing counts as a component or cluster."""


class Regions(NamedTuple):
    """What a cloud falls into.

    components: large components of the mutual neighbour graph; share: of the points in the largest; sizes: at every
    level, the points in each large cluster, largest first; joined: (levels,) share of the kept points in the largest
    cluster, large or not.
    """

    components: int
    share: float
    sizes: tuple[tuple[int, ...], ...]
    joined: Floats

    @property
    def clusters(self) -> Integers:
        """(levels,) number of large clusters."""
        return np.array([len(sizes) for sizes in self.sizes], np.int64)


def regions(points: Floats, k: int) -> Regions:
    """Regions of points (n, d) whose ``k`` nearest are their neighbours; k < n."""
    rows, distance = nearest_others(points, k)
    links = neighbour_links(rows)
    own = component_sizes(links.multiply(links.T).tocsr())
    found = [cluster_sizes(points, distance[:, -1], level, k) for level in LEVELS]
    return Regions(
        components=int(np.sum(own >= max(SMALLEST, COMPONENT_SHARE * len(points)))),
        share=float(own[0] / len(points)),
        sizes=tuple(sizes for sizes, _ in found),
        joined=np.array([joined for _, joined in found]),
    )


def neighbour_links(rows: Integers) -> csr_array:
    """The directed graph (n, n) from every point to its neighbours ``rows`` (n, k)."""
    count, k = rows.shape
    return csr_array((np.ones(count * k, np.int8), rows.ravel(), np.arange(0, count * k + 1, k)), shape=(count, count))


def component_sizes(links: csr_array) -> Integers:
    """Points in each connected component of the graph, largest first."""
    _, label = connected_components(links, directed=False)
    return np.sort(np.bincount(label))[::-1].astype(np.int64)


def cluster_sizes(points: Floats, radius: Floats, level: float, k: int) -> tuple[tuple[int, ...], float]:
    """Sizes of the large clusters, largest first, among the densest ``level`` of the points, and the largest's share.

    Density falls with the radius (n,) that holds k neighbours (Chaudhuri & Dasgupta 2010). Kept points are joined
    where either is among the k nearest kept ones of the other (Maier, Hein & von Luxburg 2009): links among all
    points would tear the densest part of a flat peak, where chance decides what is kept.
    """
    kept = points[np.sort(np.argsort(radius, kind="stable")[: max(2, round(level * len(points)))])]
    rows, _ = nearest_others(kept, min(k, len(kept) - 1))
    sizes = component_sizes(neighbour_links(rows))
    large = sizes[sizes >= max(SMALLEST, CLUSTER_SHARE * len(kept))]
    return tuple(large.tolist()), float(sizes[0] / len(kept))


def telling_level(clusters: Integers, simulated: Integers) -> int | None:
    """The level with most clusters, the last such, of those with more than every simulated sample; None without any.

    clusters: (levels,); simulated: (samples, levels), of normal samples, which are one region.
    """
    more = np.where(clusters > simulated.max(axis=0), clusters, 0)
    return int(np.flatnonzero(more == more.max())[-1]) if more.any() else None
