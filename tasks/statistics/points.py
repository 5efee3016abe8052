"""Where the latent points of a study lie, and which of them are training points."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array
from tasks.ingestion.partition import TRAIN
from tasks.stage.errors import InputError

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """array: path of z (n, d) float32; images: path of the data set's images.zarr; train: (n,) bool."""

    array: Path
    images: Path
    rows: int
    components: int
    train: npt.NDArray[np.bool_]
    has_attributes: bool

    def chosen(self, train: bool, count: int, seed: int) -> Rows:
        """At most ``count`` rows of one side, drawn without replacement by ``seed``, ascending."""
        rows = np.flatnonzero(self.train == train)
        if len(rows) <= count:
            return rows
        return np.sort(np.random.default_rng([seed, int(train)]).choice(rows, count, replace=False))


def open_points(dataset: Path, latents: Path) -> Points:
    """Check that data set and latents belong together. Raises ``InputError`` where they do not."""
    images, path = dataset / "images.zarr", latents / "latents.zarr"
    z = open_complete(path)["z"]
    group = open_complete(images)
    partition = read_array(group, "partition")
    assert isinstance(z, zarr.Array)
    rows, components = z.shape
    if len(partition) != rows:
        raise InputError(
            f"{path} has {rows} points but {images} has {len(partition)} images; encode this data set again"
        )
    train = partition == TRAIN
    if train.sum() < 3:
        raise InputError(
            f"{images} has {train.sum()} training images; statistics need at least 3: give more images "
            "or another partition"
        )
    return Points(path / "z", images, rows, components, train, "attribute" in group)
