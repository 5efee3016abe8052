"""The encoding of a data set: reading, computing and writing overlap, and a killed run keeps its chunks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import zarr

from storage.arrays import create_array, finish, open_complete, open_for_writing, read_array
from storage.files import read_json, write_json
from storage.journal import Journal
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import to_input
from tasks.autoencoder.network import Autoencoder
from tasks.devices import choose_device, repeatable
from tasks.encoding.config import EncodeConfig
from tasks.errors import InputError
from tasks.progress import Progress, no_progress


def encode(
    dataset: Path, model: Path, config: EncodeConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``out/latents.zarr``: ``z`` (image, component) and ``reconstruction_error`` (image), float32.

    All partitions, in the order of the data set, computed in float32. Chunks and batches have fixed boundaries, so
    a run that was killed and called again gives the same bits. Raises ``InputError`` if model and images differ in
    size.
    """
    images = open_complete(dataset / "images.zarr")["image"]
    assert isinstance(images, zarr.Array)
    device, threads = _machine(config, out)
    with repeatable(threads):
        autoencoder = load_autoencoder(model, device)
        size = autoencoder.config.image_size
        if images.shape[1:] != (size, size, 3):
            raise InputError(f"{model} is for {size}×{size} images, {dataset} has {images.shape[1:]}; train it anew")
        group = open_for_writing(out / "latents.zarr")
        _create_arrays(group, images.shape[0], autoencoder.config.latent_dim, config.chunk_images)
        journal = Journal(out)
        _encode_chunks(autoencoder, images, group, config, journal, progress)
    finish(out / "latents.zarr")
    journal.close()
    error = read_array(group, "reconstruction_error")
    return {"images": images.shape[0], "components": autoencoder.config.latent_dim, "mean_error": float(error.mean())}


def _machine(config: EncodeConfig, out: Path) -> tuple[torch.device, int]:
    """Device and number of threads: recorded in ``out/host.json`` by an interrupted run, else chosen now."""
    path = out / "host.json"
    if path.exists():
        recorded = read_json(path)
        if config.device in ("auto", recorded["device"]):
            return choose_device(recorded["device"]), recorded["threads"]
    device, threads = choose_device(config.device), torch.get_num_threads()
    write_json(path, {"device": str(device), "threads": threads, "torch": torch.__version__})
    return device, threads


def _create_arrays(group: zarr.Group, count: int, components: int, chunk_images: int) -> None:
    rows = min(chunk_images, count)
    create_array(group, "z", (count, components), np.float32, ("image", "component"), (rows, components))
    create_array(group, "reconstruction_error", (count,), np.float32, ("image",), (rows,))


def _encode_chunks(
    autoencoder: Autoencoder,
    images: zarr.Array[Any],
    group: zarr.Group,
    config: EncodeConfig,
    journal: Journal,
    progress: Progress,
) -> None:
    starts = range(0, images.shape[0], config.chunk_images)
    journal.log_resumption("encode", "chunks", len(starts))
    chunks = [
        slice(start, min(start + config.chunk_images, images.shape[0]))
        for start in starts
        if str(start) not in journal.kept
    ]
    done = images.shape[0] - sum(chunk.stop - chunk.start for chunk in chunks)

    def write(chunk: slice, z: npt.NDArray[np.float32], error: npt.NDArray[np.float32]) -> None:
        for name, values in (("z", z), ("reconstruction_error", error)):
            array = group[name]
            assert isinstance(array, zarr.Array)
            array[chunk] = values
        journal.mark(str(chunk.start))

    with ThreadPoolExecutor(1) as writer:
        writing: Future[None] | None = None
        for chunk, pixels in _read_ahead(images, chunks):
            z = np.empty((len(pixels), autoencoder.config.latent_dim), np.float32)
            error = np.empty(len(pixels), np.float32)
            for start in range(0, len(pixels), config.batch_size):
                batch = slice(start, min(start + config.batch_size, len(pixels)))
                z[batch], error[batch] = encode_batch(autoencoder, pixels[batch])
                progress(done + batch.stop, images.shape[0], "images")
            done += len(pixels)
            if writing is not None:
                writing.result()
            writing = writer.submit(write, chunk, z, error)
        if writing is not None:
            writing.result()


def _read_ahead(images: zarr.Array[Any], chunks: list[slice]) -> Iterator[tuple[slice, npt.NDArray[np.uint8]]]:
    """The chunks with their images (n, S, S, 3); the next one is read while the last one is used."""
    with ThreadPoolExecutor(1) as reader:
        ahead = [reader.submit(images.__getitem__, chunk) for chunk in chunks[:1]]
        for index, chunk in enumerate(chunks):
            pixels = np.asarray(ahead.pop().result())
            ahead = [reader.submit(images.__getitem__, following) for following in chunks[index + 1 : index + 2]]
            yield chunk, pixels


@torch.inference_mode()
def encode_batch(
    autoencoder: Autoencoder, pixels: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """z (n, d) and the mean squared error per pixel (n,) on the 0–1 scale, of ``pixels`` (n, S, S, 3) uint8."""
    images = to_input(pixels, next(autoencoder.parameters()).device)
    z = autoencoder.encode(images)
    error = (autoencoder.decode(z) - images).square().mean(dim=(1, 2, 3))
    return z.cpu().numpy(), error.cpu().numpy()
