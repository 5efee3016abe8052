"""The passes over the latents, a block at a time: units of work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import zarr

from tasks.statistics.blocks import Arrays, Block
from tasks.statistics.core import core_members
from tasks.statistics.distance import radius
from tasks.statistics.distributions import add_counts
from tasks.statistics.loops import about_mean
from tasks.statistics.moments import SLICE, moments_of
from tasks.statistics.planes import Planes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

COLUMNS = 64
"""Columns of a triangular matrix that are multiplied with at a time."""


def read_block(array: str, block: Block) -> npt.NDArray[np.float32]:
    """Rows of ``block`` from the Zarr array at the path ``array``."""
    source = zarr.open_array(array, mode="r", zarr_format=3)
    return np.asarray(source[block.rows])


def _rows(z: npt.NDArray[np.float32], chosen: Flags) -> npt.NDArray[np.float32]:
    """``z[chosen]``, copied only where some are left out."""
    return z if chosen.all() else z[chosen]


def moments_of_block(block: Block, shared: None, array: str, train: Flags, training: Rows, heldout: Rows) -> Arrays:
    """First pass: moments of the block's training and held-out points, and those of either that are kept in memory.

    train: (rows,) bool; training, heldout: rows of the block. Points that are not finite are counted instead
    (``unusable`` and the position of the first, ``first_unusable``), without moments.
    """
    z = read_block(array, block)
    unusable = ~np.isfinite(z).all(axis=1)
    if unusable.any():
        return {
            "unusable": np.asarray(unusable.sum()),
            "first_unusable": np.asarray(block.start + int(np.argmax(unusable))),
        }
    return {
        **moments_of(_rows(z, train)).arrays("train_"),
        **moments_of(_rows(z, ~train)).arrays("heldout_"),
        "training": z[training],
        "heldout": z[heldout],
    }


@dataclass(frozen=True)
class Measure:
    """What the second pass measures with; d components, of which v vary.

    mean, std: (d,); edges: (d, bins + 1); varies: (d,); factor: (d, v) of the inverse covariance;
    location: (v,) and core_factor: (v, v) of the robust scatter, None where the core is undefined;
    probability: chi-square quantile of the core; attributes: path of the (image, attribute) array, None without.
    """

    mean: Floats
    std: Floats
    edges: Floats
    varies: Flags
    factor: Floats
    location: Floats | None
    core_factor: Floats | None
    probability: float
    attributes: str | None


def triangular_product(y: Floats, factor: Floats, out: Floats) -> Floats:
    """``y`` (n, d) times the upper triangular ``factor`` (d, d), the blocks of zeros left out; in ``out`` (n, d)."""
    for start in range(0, len(factor), COLUMNS):
        columns = slice(start, start + COLUMNS)
        np.matmul(y[:, : columns.stop], factor[: columns.stop, columns], out=out[:, columns])
    return out


def attribute_sums(y: Floats, flags: npt.NDArray[np.int8]) -> Arrays:
    """Number of points with (1) and without (−1) each attribute, and the sums of their ``y`` (n, d).

    flags: (n, a) int8, 0 where unknown. Counts are (2, a), sums (2, a, d), those with the attribute first.
    """
    sides = [flags == 1, flags == -1]
    return {
        "attribute_count": np.stack([side.sum(axis=0) for side in sides]),
        "attribute_sum": np.stack([side.T.astype(np.float64) @ y for side in sides]),
    }


def distances_of_block(block: Block, shared: Measure, array: str, train: Flags) -> Arrays:
    """Second pass: distances of all points, marginal distributions, sums of powers and by attribute, core moments.

    ``inside``: (2,) held-out and training points within three standard deviations in every component;
    ``powers``: (2, 4, d) of held-out and training points about the mean.
    """
    z = read_block(array, block)
    flags = None
    if shared.attributes is not None:
        flags = np.asarray(zarr.open_array(shared.attributes, mode="r", zarr_format=3)[block.rows])
    measured = Measured(shared)
    result: Arrays = {}
    for side, chosen in enumerate((~train, train)):
        of_side = measured.distances(_rows(z, chosen), side, flags[chosen] if side and flags is not None else None)
        for name, values in of_side.items():
            result.setdefault(name, np.empty(len(z), values.dtype))[chosen] = values
    result |= measured.attributes | {
        "histogram": measured.histogram,
        "inside": measured.inside,
        "powers": measured.powers,
    }
    if "core" in result:
        result |= moments_of(z[result["core"] & train]).arrays("core_")
    return result


class Measured:
    """What is added up over the points of either side, held-out (0) and training (1), ``SLICE`` of them at a time.

    The memory for a slice is taken once. Its steps are few and long: threads wait for each other between them.
    """

    def __init__(self, shared: Measure) -> None:
        self._shared = shared
        components, bins = shared.edges.shape[0], shared.edges.shape[1] - 1
        self.histogram = np.zeros((components, bins), np.int64)
        self.attributes: Arrays = {}
        self.inside, self.powers = np.zeros(2, np.int64), np.zeros((2, 4, components))
        # A component that does not vary has no sigma to be measured in.
        limit = np.where(shared.varies, 3 * shared.std, np.inf)
        self._least, self._most = shared.mean - limit, shared.mean + limit
        self._triangular = shared.factor.shape[0] == shared.factor.shape[1] and not np.tril(shared.factor, -1).any()
        self._memory = np.empty((3, SLICE, components))

    def distances(
        self, points: npt.NDArray[np.float32], side: int, flags: npt.NDArray[np.int8] | None = None
    ) -> Arrays:
        """The distances of ``points`` (n, d) of a side, (n,) each, and whether they are of the core.

        flags: (n, attributes) of the points, whose sums are added up too.
        """
        slices = []
        for start in range(0, len(points), SLICE):
            rows = slice(start, start + SLICE)
            slices.append(self._distances(points[rows], side, flags[rows] if flags is not None else None))
        return {name: np.concatenate([one[name] for one in slices]) for name in slices[0]} if slices else {}

    def _distances(self, single: npt.NDArray[np.float32], side: int, flags: npt.NDArray[np.int8] | None) -> Arrays:
        shared = self._shared
        z, y, other = self._memory[:, : len(single)]
        powers = np.zeros((4, z.shape[1]))
        self.inside[side] += about_mean(single, shared.mean, self._least, self._most, z, y, powers)
        self.powers[side] += powers
        if side:
            add_counts(single, shared.edges, self.histogram)
        if flags is not None:
            for name, values in attribute_sums(y, flags).items():
                self.attributes[name] = self.attributes[name] + values if name in self.attributes else values
        whitened = triangular_product(y, shared.factor, other) if self._triangular else y @ shared.factor
        found: Arrays = {"radius": radius(z), "mahalanobis": radius(whitened)}
        if shared.location is not None and shared.core_factor is not None:
            varying = z if shared.varies.all() else z[:, shared.varies]
            found["core"] = core_members(varying, shared.location, shared.core_factor, shared.probability)
        return found


@dataclass(frozen=True)
class Aim:
    """What the third pass looks at: centre (d,), the peak of the marginal distributions; and the planes."""

    centre: Floats
    planes: Planes


def planes_of_block(block: Block, shared: Aim, array: str, train: Flags) -> Arrays:
    """Third pass: |z − centre| of all points, densities of the training points in planes, points inside ellipses.

    ``inside_ellipse``: (2, p, 3) held-out and training points within the ellipses of 1, 2 and 3 sigma.
    """
    z = read_block(array, block).astype(np.float64)
    coordinates = shared.planes.coordinates(z)
    inside = shared.planes.inside(coordinates)
    return {
        "centre_distance": radius(z - shared.centre),
        "density": shared.planes.density(coordinates[train]),
        "inside_ellipse": np.stack([inside[~train].sum(axis=0), inside[train].sum(axis=0)]),
    }
