"""One chunk of images to its latent points, in this process or on a cluster's worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import zarr

from tasks.autoencoder.codec import to_input
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.compute.cluster.worker_check import check_visible
from tasks.compute.devices import choose_device, repeatable

Floats = npt.NDArray[np.float32]

_ONE_AT_A_TIME = Lock()
"""A worker with several threads encodes one chunk after another: torch uses all its threads for each."""


class Chunk(NamedTuple):
    """Rows ``start`` to ``stop`` of the data set."""

    start: int
    stop: int

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.start, self.stop)


class Job(NamedTuple):
    """What a worker needs: paths of the images' array and of the model, and how to compute."""

    images: str
    model: str
    batch_size: int
    device: str
    threads: int


def device_here(requested: str) -> str:
    """The device that ``requested`` means on this machine."""
    return str(choose_device(requested))


def encode_on_worker(chunk: Chunk, shared: None, job: Job) -> tuple[Floats, Floats]:
    """z (n, d) and reconstruction error (n,) of the chunk's images."""
    check_visible(Path(job.images))
    source = zarr.open_array(job.images, mode="r", zarr_format=3)
    pixels = np.asarray(source[chunk.rows])
    with _ONE_AT_A_TIME, repeatable(job.threads):
        autoencoder = _loaded(job.model, job.device, Path(job.model).stat().st_mtime_ns)
        return encode_pixels(autoencoder, pixels, job.batch_size)


@lru_cache(maxsize=1)
def _loaded(model: str, device: str, modified: int) -> EncoderDecoder:
    return load_for_inference(Path(model), choose_device(device))


def encode_pixels(
    autoencoder: EncoderDecoder,
    pixels: npt.NDArray[np.uint8],
    batch_size: int,
    advance: Callable[[int], None] = lambda images: None,
) -> tuple[Floats, Floats]:
    """As ``encode_batch``, in batches; ``advance`` is told the size of each that is done."""
    z = np.empty((len(pixels), autoencoder.latent_dim), np.float32)
    error = np.empty(len(pixels), np.float32)
    for start in range(0, len(pixels), batch_size):
        batch = slice(start, min(start + batch_size, len(pixels)))
        z[batch], error[batch] = encode_batch(autoencoder, pixels[batch])
        advance(batch.stop - batch.start)
    return z, error


@torch.inference_mode()
def encode_batch(autoencoder: EncoderDecoder, pixels: npt.NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """z (n, d) and the mean squared error per pixel (n,) on the 0–1 scale, of ``pixels`` (n, S, S, 3) uint8."""
    images = to_input(pixels, autoencoder.device)
    z = autoencoder.encode(images)
    error = (autoencoder.decode(z) - images).square().mean(dim=(1, 2, 3))
    return z.cpu().numpy(), error.cpu().numpy()
