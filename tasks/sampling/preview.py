"""A sampler's draws as one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from storage.arrays import open_complete, read_array
from tasks.page.thumbnails import grid, labelled_stack


def sampler_grids(samples: Path, rows: int = 3, columns: int = 7) -> dict[str, Image.Image]:
    """For each level of a samples artifact its grid of drawn faces, by the level's label."""
    group = open_complete(samples / "samples.zarr")
    labels, images = read_array(group, "label"), group["image"]
    return {
        str(label): grid(np.asarray(images[level, : rows * columns]), rows, columns)  # type: ignore[index]
        for level, label in enumerate(labels)
    }


def sampler_sheet(samples: Path, rows: int = 3, columns: int = 7) -> Image.Image:
    """All levels' grids, one below the other, each under its label."""
    grids = sampler_grids(samples, rows, columns)
    return labelled_stack(list(grids.values()), list(grids))
