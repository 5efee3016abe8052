"""The partitions of a data set: what is trained on, validated on and held out, checked to be enough."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import zarr

from storage.arrays import read_array, read_rows
from tasks.ingestion.partition import TRAIN, VALIDATION
from tasks.stage.errors import InputError
from tasks.training.config import FEWEST_IMAGES
from tasks.training.images import Rows


def image_size_of(group: zarr.Group) -> int:
    """Side of the data set's square images, pixels. Raises ``InputError`` if they are no such images."""
    image = group["image"]
    assert isinstance(image, zarr.Array)
    if image.ndim != 4 or image.shape[1] != image.shape[2] or image.shape[3] != 3:
        raise InputError(f"{group.store_path} holds images of shape {image.shape[1:]}; expected square RGB images")
    return image.shape[1]


class PartitionRows(NamedTuple):
    """Rows of the training images, of those validated on, and of all held-out images."""

    training: Rows
    validation: Rows
    held_out: Rows

    @property
    def total(self) -> int:
        """All of them, some counted twice."""
        return sum(map(len, self))


def partition_rows(group: zarr.Group) -> PartitionRows:
    """The partitions, checked to be enough."""
    partition = read_array(group, "partition")
    training, validation = (np.flatnonzero(partition == part) for part in (TRAIN, VALIDATION))
    held_out = np.flatnonzero(partition != TRAIN)
    if len(training) < FEWEST_IMAGES or not len(held_out):
        raise InputError(
            f"{group.store_path} has {len(training)} training and {len(held_out)} held-out images; a study needs at "
            f"least {FEWEST_IMAGES} training images and 1 held-out image: add images, or change the partition"
        )
    return PartitionRows(training, validation if len(validation) else held_out, held_out)


def check_varied(group: zarr.Group, training: Rows) -> None:
    """Refuse training images that are all one picture, of which every latent point would be the same."""
    array = group["image"]
    assert isinstance(array, zarr.Array)
    first = read_rows(array, training[:1])
    blocks = (read_rows(array, training[start : start + 1000]) for start in range(0, len(training), 1000))
    if all((block == first).all() for block in blocks):
        raise InputError(
            f"all {len(training)} training images of {group.store_path} are the same picture: there is nothing to "
            "learn from them; give different images, or another partition"
        )
