"""Held-out images above their reconstructions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from storage.arrays import open_complete, read_array, read_rows
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.ingestion.partition import TRAIN
from tasks.page.images import contact_sheet


def held_out_rows(partition: npt.NDArray[np.int8], count: int) -> npt.NDArray[np.intp]:
    """``count`` images spread evenly over those outside the training partition; over all where there are none."""
    rows = np.flatnonzero(partition != TRAIN)
    rows = rows if len(rows) else np.arange(len(partition))
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
    return np.asarray(rows[chosen])


def reconstruction_pairs(
    dataset: Path, latents: Path, model: Path, count: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Held-out originals and their reconstructions, each (n, h, w, 3) uint8."""
    images, points = open_complete(dataset / "images.zarr"), open_complete(latents / "latents.zarr")
    rows = held_out_rows(np.asarray(read_array(images, "partition"), np.int8), count)
    originals = read_rows(images["image"], rows)  # type: ignore[arg-type]
    z = read_rows(points["z"], rows)  # type: ignore[arg-type]
    return originals, decode_images(load_for_inference(model), z)


def interleave(
    originals: npt.NDArray[np.uint8], reconstructions: npt.NDArray[np.uint8], columns: int
) -> npt.NDArray[np.uint8]:
    """Rows of ``columns`` originals, each above the row of its reconstructions; a short last row is left out."""
    columns = min(columns, len(originals))
    rows = []
    for start in range(0, len(originals) - columns + 1, columns):
        rows += [originals[start : start + columns], reconstructions[start : start + columns]]
    return np.concatenate(rows)


def reconstruction_sheet(dataset: Path, latents: Path, model: Path, count: int = 14, columns: int = 7) -> Image.Image:
    """Held-out originals above their reconstructions as an image."""
    originals, reconstructions = reconstruction_pairs(dataset, latents, model, count)
    return contact_sheet(interleave(originals, reconstructions, columns), min(columns, len(originals)))
