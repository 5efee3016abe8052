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
from tasks.autoencoder.network import Autoencoder
from tasks.compute.cluster.worker_check import check_visible
from tasks.compute.devices import Precision, choose_device, computing_in, product_precision, repeatable
from tasks.compute.memory import reused_memory

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


class Machine(NamedTuple):
    """What a machine decided for an encoding: device, CPU threads, and the arithmetic of the reconstruction error."""

    device: str
    threads: int
    error_precision: Precision


class Job(NamedTuple):
    """What a worker needs: paths of the images' array and of the model, and how to compute."""

    images: str
    model: str
    batch_size: int
    machine: Machine


def machine_here(requested: str) -> Machine:
    """What this machine decides where the device ``requested`` is asked for."""
    device = choose_device(requested)
    return Machine(str(device), torch.get_num_threads(), product_precision(device))


def encode_on_worker(chunk: Chunk, shared: None, job: Job) -> tuple[Floats, Floats]:
    """z (n, d) and reconstruction error (n,) of the chunk's images."""
    check_visible(Path(job.images))
    source = zarr.open_array(job.images, mode="r", zarr_format=3)
    pixels = np.asarray(source[chunk.rows])
    with _ONE_AT_A_TIME, repeatable(job.machine.threads), reused_memory():
        autoencoder = _loaded(job.model, job.machine.device, Path(job.model).stat().st_mtime_ns)
        return encode_pixels(autoencoder, pixels, job.batch_size, job.machine.error_precision)


@lru_cache(maxsize=1)
def _loaded(model: str, device: str, modified: int) -> EncoderDecoder:
    return load_for_inference(Path(model), choose_device(device))


def encode_pixels(
    autoencoder: EncoderDecoder,
    pixels: npt.NDArray[np.uint8],
    batch_size: int,
    error_precision: Precision = "fp32",
    advance: Callable[[int], None] = lambda images: None,
) -> tuple[Floats, Floats]:
    """As ``encode_batch``, in batches; ``advance`` is told the size of each that is done."""
    z = np.empty((len(pixels), autoencoder.latent_dim), np.float32)
    error = np.empty(len(pixels), np.float32)
    for start in range(0, len(pixels), batch_size):
        batch = slice(start, min(start + batch_size, len(pixels)))
        z[batch], error[batch] = encode_batch(autoencoder, pixels[batch], error_precision)
        advance(batch.stop - batch.start)
    return z, error


@torch.inference_mode()
def encode_batch(
    autoencoder: EncoderDecoder, pixels: npt.NDArray[np.uint8], error_precision: Precision = "fp32"
) -> tuple[Floats, Floats]:
    """z (n, d) and the mean squared error per pixel (n,) on the 0–1 scale, of ``pixels`` (n, S, S, 3) uint8.

    z is computed in float32. With ``bf16`` the built-in decoder computes the images that the error is measured on in
    bfloat16, which moves them by some 0.15 of a grey level, and an image's error by 0.1 %.
    """
    images = to_input(pixels, autoencoder.device)
    z = autoencoder.encode(images)
    built_in = isinstance(autoencoder, Autoencoder) and autoencoder.config.decoder is None
    with computing_in(error_precision if built_in else "fp32", autoencoder.device):
        decoded = autoencoder.decode(z)
    error = (decoded - images).square_().mean(dim=(1, 2, 3))
    return z.cpu().numpy(), error.cpu().numpy()
