"""The read stage: points from a file as the artifact that all later stages take for a data set and its latents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from storage.arrays import create_array, finish, open_for_writing, write_array
from tasks.compute.progress import Progress, no_progress
from tasks.ingestion.partition import TEST, TRAIN, VALIDATION
from tasks.points.config import ReadConfig
from tasks.points.opening import open_source
from tasks.points.scan import beside, labels_as_attributes, usable_blocks


def read(path: Path, config: ReadConfig, out: Path, progress: Progress = no_progress) -> dict[str, Any]:
    """Write ``out/latents.zarr`` (z) and ``out/images.zarr`` (names, partition, labels, but no images).

    These are what the stages after ``encode`` read. Raises ``InputError`` as ``scan`` does.
    """
    source = open_source(path, config)
    found = beside(source, config)
    latents, position, target = open_for_writing(out / "latents.zarr"), 0, None
    for block in usable_blocks(source, found.names):
        if target is None:
            shape = source.rows, block.shape[1]
            target = create_array(latents, "z", shape, np.float32, ("image", "component"))
        target[position : position + len(block)] = block.astype(np.float32)
        position += len(block)
        progress(position, source.rows)
    assert target is not None
    finish(out / "latents.zarr")
    group = open_for_writing(out / "images.zarr")
    write_array(group, "partition", found.partition, ("image",))
    if found.names is not None:
        write_array(group, "name", found.names, ("image",))
    if found.label is not None:
        attribute, names = labels_as_attributes(found)
        write_array(group, "attribute", attribute, ("image", "attribute"))
        write_array(group, "attribute_name", names, ("attribute",))
    group.attrs.update({"source_kind": "points", "source": path.name, "partition_source": found.split})
    finish(out / "images.zarr")
    sides = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    counts = {name: int((found.partition == code).sum()) for name, code in sides.items()}
    return {"points": source.rows, "components": int(target.shape[1]), **counts, "split": found.split}
