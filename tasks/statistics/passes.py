"""The passes over the latents, a block at a time; these functions run on Dask's workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from tasks.statistics.blocks import Arrays, Block
from tasks.statistics.core import core_members
from tasks.statistics.distance import radius
from tasks.statistics.distributions import BinCounter
from tasks.statistics.moments import SLICE, moments_of
from tasks.statistics.planes import Planes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


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


def power_sums(y: Floats, sides: Floats, power: Floats) -> Floats:
    """Σ y, Σ y², Σ y³ and Σ y⁴ of every column of ``y`` (n, d), over each of ``sides`` (s, n) of 0 and 1: (s, 4, d).

    power: (n, d), overwritten.
    """
    sums = np.zeros((len(sides), 4, y.shape[1]))
    np.copyto(power, y)
    for exponent in range(4):
        if exponent:
            power *= y
        for side, of_side in zip(sides, sums, strict=True):
            if side.any():
                np.matmul(side, power, out=of_side[exponent])
    return sums


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
    """Second pass: distances of all points, number distributions, sums of powers and by attribute, core moments.

    ``inside``: (2,) held-out and training points within three standard deviations in every component;
    ``powers``: (2, 4, d) of held-out and training points about the mean.
    """
    z = read_block(array, block)
    flags = None
    if shared.attributes is not None:
        flags = np.asarray(zarr.open_array(shared.attributes, mode="r", zarr_format=3)[block.rows])
    per_image: dict[str, list[npt.NDArray[Any]]] = {}
    sums: Arrays = {}
    slices = _Slices(shared)
    for start in range(0, len(z), SLICE):
        rows = slice(start, start + SLICE)
        of_images, added = slices.measure(z[rows], train[rows], flags[rows] if flags is not None else None)
        for name, values in of_images.items():
            per_image.setdefault(name, []).append(values)
        for name, values in added.items():
            sums[name] = sums[name] + values if name in sums else values
    result = {name: np.concatenate(parts) for name, parts in per_image.items()} | sums
    if "core" in result:
        result |= moments_of(z[result["core"] & train]).arrays("core_")
    return result


class _Slices:
    """Measures at most ``SLICE`` rows at a time, in memory that is taken once."""

    def __init__(self, shared: Measure) -> None:
        self._shared = shared
        # A component that does not vary has no sigma to be measured in.
        self._limit = np.where(shared.varies, 3 * shared.std, np.inf)
        self._counter = BinCounter(shared.edges, SLICE, np.float32)
        self._points, self._centred, self._other = np.empty((3, SLICE, len(shared.mean)))

    def measure(
        self, single: npt.NDArray[np.float32], train: Flags, flags: npt.NDArray[np.int8] | None
    ) -> tuple[Arrays, Arrays]:
        """What some rows give: a value each, and what is added up over all rows."""
        shared = self._shared
        z, y, other = (memory[: len(single)] for memory in (self._points, self._centred, self._other))
        np.copyto(z, single)
        np.subtract(z, shared.mean, out=y)
        within = np.all(np.abs(y, out=other) <= self._limit, axis=1)
        images: Arrays = {"radius": radius(z), "mahalanobis": radius(y @ shared.factor)}
        if shared.location is not None and shared.core_factor is not None:
            varying = z if shared.varies.all() else z[:, shared.varies]
            images["core"] = core_members(varying, shared.location, shared.core_factor, shared.probability)
        sums: Arrays = {
            "histogram": self._counter.count(_rows(single, train)),
            "inside": np.asarray([np.sum(within & ~train), np.sum(within & train)]),
            "powers": power_sums(y, np.stack([~train, train]).astype(np.float64), other),
        }
        if flags is not None:
            sums |= attribute_sums(y[train], flags[train])
        return images, sums


@dataclass(frozen=True)
class Aim:
    """What the third pass looks at: centre (d,), the peak of the number distributions; and the planes."""

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
