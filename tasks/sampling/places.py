"""Where drawn points lie among the real ones, and the arrays that keep it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import create_array, rows_per_chunk, write_array
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, level_label


def create_layout(
    group: zarr.Group, levels: Sequence[Level], count: int, dimension: int, neighbours: int | None
) -> dict[str, zarr.Array[Any]]:
    """Create the arrays that are not there yet, in chunks of one level, and write what is known of the levels.

    neighbours: how many are kept of each point; None: there is no array of them.
    Returns the arrays of the draws by their names, ready for writing.
    """
    write_array(group, "label", [level_label(level) for level in levels], ("level",))
    for name in levels[0]:
        write_array(group, name, [level[name] for level in levels], ("level",))
    arrays = {}
    for name, dtype, size, dimensions in (
        ("z", np.float32, (dimension,), ("component",)),
        ("euclidean", np.float64, (), ()),
        ("mahalanobis", np.float64, (), ()),
        ("neighbour", np.int64, (neighbours or 0,), ("rank",)),
        ("neighbour_distance", np.float64, (neighbours or 0,), ("rank",)),
    ):
        if neighbours is None and dimensions == ("rank",):
            continue
        rows = rows_per_chunk(int(np.prod(size, dtype=np.int64)) * np.dtype(dtype).itemsize, count)
        shape, chunks = (len(levels), count, *size), (1, rows, *size)
        arrays[name] = create_array(group, name, shape, dtype, ("level", "sample", *dimensions), chunks)
    return arrays


def mahalanobis(
    z: npt.NDArray[np.float32], mean: npt.NDArray[np.float64], precision: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Mahalanobis distance sqrt((z−m)ᵀ·P·(z−m)) of each of ``z`` (n, d), (n,)."""
    offset = z - mean
    squared: npt.NDArray[np.float64] = np.einsum("nd,nd->n", offset @ precision, offset)
    return np.sqrt(np.maximum(squared, 0.0))


def places(z: npt.NDArray[np.float32], points: Points, neighbours: int | None) -> dict[str, npt.NDArray[Any]]:
    """Where the points ``z`` (n, d) lie: each array of one level but the images, by its name."""
    found = {
        "z": z,
        "euclidean": np.linalg.norm(z - points.centre, axis=1),
        "mahalanobis": mahalanobis(z, points.mean, points.statistics["precision"]),
    }
    if neighbours is not None:
        rows, distance = points.neighbours.nearest(z, neighbours)
        found |= {"neighbour": points.train_index[rows], "neighbour_distance": distance}
    return found
