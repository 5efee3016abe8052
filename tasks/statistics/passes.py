"""The two passes over the latents, a block at a time; these functions run on Dask's workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import zarr

from tasks.statistics.blocks import Arrays, Block
from tasks.statistics.core import core_members
from tasks.statistics.distance import mahalanobis, radius
from tasks.statistics.distributions import bin_counts
from tasks.statistics.moments import moments_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def read_block(array: str, block: Block) -> npt.NDArray[np.float32]:
    """Rows of ``block`` from the Zarr array at the path ``array``."""
    source = zarr.open_array(array, mode="r", zarr_format=3)
    return np.asarray(source[block.rows])


def moments_of_block(block: Block, shared: None, array: str, train: Flags, sampled: npt.NDArray[np.int64]) -> Arrays:
    """First pass: moments of the block's training and held-out points, and those drawn for the robust core.

    train: (rows,) bool; sampled: rows of the block. Points that are not finite are counted instead
    (``unusable`` and the position of the first, ``first_unusable``), without moments.
    """
    z = read_block(array, block)
    unusable = ~np.isfinite(z).all(axis=1)
    if unusable.any():
        return {
            "unusable": np.asarray(unusable.sum()),
            "first_unusable": np.asarray(block.start + int(np.argmax(unusable))),
        }
    wide = z.astype(np.float64)
    return {
        **moments_of(wide[train]).arrays("train_"),
        **moments_of(wide[~train]).arrays("heldout_"),
        "sample": z[sampled],
    }


@dataclass(frozen=True)
class Measure:
    """What the second pass measures with; d components, of which v vary.

    mean, std: (d,); edges: (d, bins + 1); varies: (d,); factor: (d, v) of the inverse covariance;
    location: (v,) and core_factor: (v, v) of the robust scatter, None where the core is undefined;
    probability: chi-square quantile of the core.
    """

    mean: Floats
    std: Floats
    edges: Floats
    varies: Flags
    factor: Floats
    location: Floats | None
    core_factor: Floats | None
    probability: float


def distances_of_block(block: Block, shared: Measure, array: str, train: Flags) -> Arrays:
    """Second pass: distances of all points, number distributions and core moments of the training points.

    ``inside``: (2,) held-out and training points within three standard deviations in every component.
    """
    z = read_block(array, block).astype(np.float64)
    within = np.all(np.abs(z - shared.mean)[:, shared.varies] <= 3 * shared.std[shared.varies], axis=1)
    result: Arrays = {
        "radius": radius(z),
        "mahalanobis": mahalanobis(z, shared.mean, shared.factor),
        "histogram": bin_counts(z[train], shared.edges),
        "inside": np.asarray([np.sum(within & ~train), np.sum(within & train)]),
    }
    if shared.location is not None and shared.core_factor is not None:
        core = core_members(z[:, shared.varies], shared.location, shared.core_factor, shared.probability)
        result["core"] = core
        result |= moments_of(z[core & train]).arrays("core_")
    return result
