"""Draw from one sampler at every level of its sweep, decode, and say where the draws lie among the real points."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import create_array, rows_per_chunk
from tasks.autoencoder.codec import BATCH, decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.compute.devices import choose_device, repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.sampling.config import SampleConfig
from tasks.sampling.draw import Decode, draw_levels
from tasks.sampling.points import load_points


def create_images(group: zarr.Group, levels: int, count: int, image_size: int) -> zarr.Array[Any]:
    """Create the array of the decoded images, in chunks of one level that hold whole batches."""
    size = (image_size, image_size, 3)
    rows = rows_per_chunk(int(np.prod(size)), count)
    if BATCH < rows < count:
        rows -= rows % BATCH
    dimensions = ("level", "sample", "y", "x", "channel")
    return create_array(group, "image", (levels, count, *size), np.uint8, dimensions, (1, rows, *size))


def decode_level(
    autoencoder: EncoderDecoder,
    z: npt.NDArray[np.float32],
    image: zarr.Array[Any],
    position: int,
    stored: Callable[[int], None] = lambda count: None,
) -> None:
    """Decode ``z`` (n, d) into ``image[position]`` chunk by chunk.

    A chunk is written by another thread while the next one is decoded: Zarr leaves the interpreter free for most of
    it. Chunks hold whole batches, so that the images are those of one loop over ``z``.
    ``stored`` is told how many images are on disk.
    """
    step = image.chunks[1]

    def write(start: int, pixels: npt.NDArray[np.uint8]) -> None:
        image[position, start : start + len(pixels)] = pixels

    with ThreadPoolExecutor(1) as writer, repeatable():
        waiting: tuple[int, Future[None]] | None = None
        for start in range(0, len(z), step):
            pixels = decode_images(autoencoder, z[start : start + step])
            if waiting is not None:
                waiting[1].result()
                stored(waiting[0])
            waiting = start + len(pixels), writer.submit(write, start, pixels)
        if waiting is not None:
            waiting[1].result()
            stored(waiting[0])


def sample(
    sampler: str,
    dataset: Path,
    model: Path,
    latents: Path,
    statistics: Path,
    config: SampleConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write ``out/samples.zarr``: ``config.count`` points per level of ``sampler`` with their images and distances.

    Levels are those that the points allow: one that cannot be had is drawn, once, as what it comes to. A level found
    finished in ``out`` is kept. Raises ``InputError`` for a sampler that does not exist.
    """
    points = load_points(dataset, latents, statistics)
    autoencoder = load_for_inference(model, choose_device(config.device))

    def prepare(group: zarr.Group, levels: int) -> Decode:
        images = create_images(group, levels, config.count, autoencoder.image_size)
        return lambda position, z, stored: decode_level(autoencoder, z, images, position, stored)

    facts = draw_levels(sampler, points, config, out, prepare, progress)
    return {"levels": facts["levels"], "images": facts["points"], "training_points": facts["training_points"]}
