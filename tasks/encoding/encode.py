"""The encoding of a data set, chunk by chunk: a killed run keeps its chunks, and a cluster's workers can share them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import sizes_of
from tasks.compute.cluster.config import LOCALLY, DaskConfig
from tasks.compute.cluster.workers import cluster
from tasks.compute.devices import repeatable
from tasks.compute.memory import reused_memory
from tasks.compute.progress import Progress, no_progress
from tasks.encoding.chunks import Chunk, Floats, Job, Machine, encode_on_worker, encode_pixels, machine_here
from tasks.encoding.config import EncodeConfig
from tasks.stage.errors import InputError


def encode(
    dataset: Path,
    model: Path,
    config: EncodeConfig,
    out: Path,
    progress: Progress = no_progress,
    dask: DaskConfig = LOCALLY,
) -> dict[str, Any]:
    """Write ``out/latents.zarr``: ``z`` (image, component) and ``reconstruction_error`` (image), float32.

    All partitions, in the order of the data set. z is computed in float32, the error as ``encode_batch`` says, which
    the machine decides once. Chunks and batches have fixed boundaries and
    this process alone writes them, so a run that was killed and called again gives the same bits, as do a cluster's
    workers (``dask``) of the same kind. Raises ``InputError`` if model and images differ in size.
    """
    images = open_complete(dataset / "images.zarr")["image"]
    assert isinstance(images, zarr.Array)
    network = sizes_of(model)
    if images.shape[1:] != (network.image_size, network.image_size, 3):
        size = network.image_size
        raise InputError(f"{model} is for {size}×{size} images, {dataset} has {images.shape[1:]}; train it again")
    group = open_for_writing(out / "latents.zarr")
    _create_arrays(group, images.shape[0], network.latent_dim, config.chunk_images)
    journal = Journal(out)
    chunks = Chunks(images.shape[0], config.chunk_images, group, journal, progress)
    if dask.address:
        _encode_on_cluster(dataset, model, config, out, chunks, dask)
    else:
        _encode_here(images, model, config, out, chunks)
    finish(out / "latents.zarr")
    journal.close()
    error = read_array(group, "reconstruction_error")
    return {"images": images.shape[0], "components": network.latent_dim, "mean_error": float(error.mean())}


class Chunks:
    """What is left to encode, and where it goes; one chunk of images is one chunk of the stored arrays."""

    def __init__(self, count: int, size: int, group: zarr.Group, journal: Journal, progress: Progress) -> None:
        every = [Chunk(start, min(start + size, count)) for start in range(0, count, size)]
        journal.log_resumption("encode", "chunks", len(every))
        self.missing = [chunk for chunk in every if str(chunk.start) not in journal.kept]
        self.count = count
        self._group, self._journal, self._progress = group, journal, progress
        self._done = count - sum(chunk.stop - chunk.start for chunk in self.missing)

    def write(self, chunk: Chunk, z: Floats, error: Floats) -> None:
        """Write the whole chunk, then mark it."""
        for name, values in (("z", z), ("reconstruction_error", error)):
            array = self._group[name]
            assert isinstance(array, zarr.Array)
            array[chunk.rows] = values
        self._journal.mark(str(chunk.start))

    def advance(self, images: int) -> None:
        """So many images more are encoded."""
        self._done += images
        self._progress(self._done, self.count, "images")


def _machine(config: EncodeConfig, out: Path, here: Callable[[str], Machine]) -> Machine:
    """What an interrupted run recorded in ``out/host.json``, if the configuration allows it, else a new decision."""
    path = out / "host.json"
    if path.exists():
        recorded = Machine(**{name: value for name, value in read_json(path).items() if name in Machine._fields})
        if config.device in ("auto", recorded.device):
            here(recorded.device)  # Refuses a device that is no longer there.
            return recorded
    machine = here(config.device)
    write_json(path, machine._asdict() | {"torch": torch.__version__})
    return machine


def _create_arrays(group: zarr.Group, count: int, components: int, chunk_images: int) -> None:
    rows = min(chunk_images, count)
    create_array(group, "z", (count, components), np.float32, ("image", "component"), (rows, components))
    create_array(group, "reconstruction_error", (count,), np.float32, ("image",), (rows,))


def _encode_on_cluster(
    dataset: Path, model: Path, config: EncodeConfig, out: Path, chunks: Chunks, dask: DaskConfig
) -> None:
    with cluster(dask, out, "tasks.encoding.chunks") as workers:
        machine = _machine(config, out, lambda requested: workers.one(machine_here, requested))
        job = Job(str(dataset / "images.zarr" / "image"), str(model), config.batch_size, machine)
        for chunk, encoded in workers.as_finished(encode_on_worker, ((chunk, (job,)) for chunk in chunks.missing)):
            chunks.write(chunk, *encoded)
            chunks.advance(chunk.stop - chunk.start)


def _encode_here(images: zarr.Array[Any], model: Path, config: EncodeConfig, out: Path, chunks: Chunks) -> None:
    """Reading, computing and writing overlap."""
    machine = _machine(config, out, machine_here)
    with repeatable(machine.threads), reused_memory(), ThreadPoolExecutor(1) as writer:
        autoencoder = load_for_inference(model, machine.device)
        writing: Future[None] | None = None
        for chunk, pixels in _read_ahead(images, chunks.missing):
            encoded = encode_pixels(autoencoder, pixels, config.batch_size, machine.error_precision, chunks.advance)
            if writing is not None:
                writing.result()
            writing = writer.submit(chunks.write, chunk, *encoded)
        if writing is not None:
            writing.result()


def _read_ahead(images: zarr.Array[Any], chunks: list[Chunk]) -> Iterator[tuple[Chunk, npt.NDArray[np.uint8]]]:
    """The chunks with their images (n, S, S, 3); the next one is read while the last one is used."""
    with ThreadPoolExecutor(1) as reader:
        ahead = [reader.submit(images.__getitem__, chunk.rows) for chunk in chunks[:1]]
        for index, chunk in enumerate(chunks):
            pixels = np.asarray(ahead.pop().result())
            ahead = [reader.submit(images.__getitem__, following.rows) for following in chunks[index + 1 : index + 2]]
            yield chunk, pixels
