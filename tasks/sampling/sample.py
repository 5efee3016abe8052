"""Draw from one sampler at every level of its sweep, decode, and say where the draws lie among the real points."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import create_array, finish, open_for_writing, rows_per_chunk, write_array
from storage.journal import Journal
from tasks.autoencoder.codec import BATCH, decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.compute.devices import choose_device, repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.sampling.config import SampleConfig
from tasks.sampling.points import Points, load_points
from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.sampler import Level, draw_generator, level_label

log = logging.getLogger("latentfaces")


def create_layout(
    group: zarr.Group, levels: Sequence[Level], count: int, dimension: int, image_size: int, neighbours: int
) -> dict[str, zarr.Array[Any]]:
    """Create the arrays that are not there yet, in chunks of one level, and write what is known of the levels.

    Returns the arrays of the draws by their names, ready for writing.
    """
    write_array(group, "label", [level_label(level) for level in levels], ("level",))
    for name in levels[0]:
        write_array(group, name, [level[name] for level in levels], ("level",))
    arrays = {}
    for name, dtype, size, dimensions in (
        ("z", np.float32, (dimension,), ("component",)),
        ("image", np.uint8, (image_size, image_size, 3), ("y", "x", "channel")),
        ("euclidean", np.float64, (), ()),
        ("mahalanobis", np.float64, (), ()),
        ("neighbour", np.int64, (neighbours,), ("rank",)),
        ("neighbour_distance", np.float64, (neighbours,), ("rank",)),
    ):
        rows = rows_per_chunk(int(np.prod(size, dtype=np.int64)) * np.dtype(dtype).itemsize, count)
        if name == "image" and BATCH < rows < count:
            rows -= rows % BATCH
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


def places(z: npt.NDArray[np.float32], points: Points, neighbours: int) -> dict[str, npt.NDArray[Any]]:
    """Where the points ``z`` (n, d) lie: each array of one level but the images, by its name."""
    rows, distance = points.neighbours.nearest(z, neighbours)
    return {
        "z": z,
        "euclidean": np.linalg.norm(z - points.centre, axis=1),
        "mahalanobis": mahalanobis(z, points.mean, points.statistics["precision"]),
        "neighbour": points.train_index[rows],
        "neighbour_distance": distance,
    }


def decode_level(
    autoencoder: Autoencoder,
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


def _report(progress: Progress, done: int, total: int, label: str, stored: int) -> None:
    progress(done + stored, total, label)


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
    kind = SAMPLERS.named(sampler)
    settings = config.settings(sampler)
    points = load_points(dataset, latents, statistics)
    fitted = fit(sampler, points, settings, config.seed, out, progress)
    levels = fitted.levels()
    if shortfall := fitted.shortfall():
        log.warning("sample %s: %s", sampler, shortfall)
    for asked, drawn in fitted.reduced().items():
        log.warning("sample %s: %s is drawn as %s: %s", sampler, asked, drawn, fitted.limit())
    journal = Journal(out)
    journal.log_resumption(f"sample {sampler}", "levels", len(levels))
    autoencoder = load_for_inference(model, choose_device(config.device))
    neighbours = min(config.neighbours, len(points.z_train))
    if neighbours < config.neighbours:
        log.warning("sample %s: only %d training points, so only as many neighbours", sampler, neighbours)

    group = open_for_writing(out / "samples.zarr")
    arrays = create_layout(group, levels, config.count, points.dimension, autoencoder.config.image_size, neighbours)
    for position, level in enumerate(levels):
        label = level_label(level)
        done, total = position * config.count, len(levels) * config.count
        if label not in journal.kept:
            z = fitted.draw(draw_generator(kind, sampler, level, config.seed), config.count, level)
            for name, values in places(z, points, neighbours).items():
                arrays[name][position] = values
            decode_level(autoencoder, z, arrays["image"], position, partial(_report, progress, done, total, label))
            journal.mark(label)
        progress(done + config.count, total, label)
    group.attrs.update(
        {
            "sampler": sampler,
            "description": kind.description(),
            "parameters": list(settings.parameters()),
            "neighbours": neighbours,
            "facts": fitted.facts(),
            "reduced": fitted.reduced(),
            "limit": fitted.limit(),
        }
    )
    finish(out / "samples.zarr")
    journal.close()
    return {"levels": len(levels), "images": len(levels) * config.count, "training_points": len(points.z_train)}
