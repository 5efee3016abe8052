"""uint8 images to latent points and back, in batches with fixed boundaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from tasks.autoencoder.interface import EncoderDecoder

BATCH = 128


def to_input(images: npt.NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """``images`` (n, S, S, 3) uint8 as the network's input, (n, 3, S, S) float32 in [0, 1]."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).to(device)
    return pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format).div_(255)


def to_pixels(images: torch.Tensor) -> npt.NDArray[np.uint8]:
    """The network's output (n, 3, S, S) in [0, 1] as (n, S, S, 3) uint8, rounded to the nearest."""
    pixels = (images.float() * 255).round().clamp(0, 255).to(torch.uint8)
    return pixels.permute(0, 2, 3, 1).contiguous().cpu().numpy()


@torch.inference_mode()
def encode_images(
    autoencoder: EncoderDecoder, images: npt.NDArray[np.uint8], batch_size: int = BATCH
) -> npt.NDArray[np.float32]:
    """z (n, d) float32 of ``images`` (n, S, S, 3) uint8. Raises ``ValueError`` for images of another size."""
    size = autoencoder.image_size
    if images.shape[1:] != (size, size, 3):
        raise ValueError(f"expected images of shape (n, {size}, {size}, 3), got {images.shape}")
    z = np.empty((len(images), autoencoder.latent_dim), np.float32)
    for start in range(0, len(images), batch_size):
        batch = to_input(images[start : start + batch_size], autoencoder.device)
        z[start : start + batch_size] = autoencoder.encode(batch).cpu().numpy()
    return z


@torch.inference_mode()
def decode_images(
    autoencoder: EncoderDecoder, z: npt.NDArray[np.floating[Any]], batch_size: int = BATCH
) -> npt.NDArray[np.uint8]:
    """Images (n, S, S, 3) uint8 of ``z`` (n, d). Raises ``ValueError`` for z of another dimension."""
    size, components = autoencoder.image_size, autoencoder.latent_dim
    if z.ndim != 2 or z.shape[1] != components:
        raise ValueError(f"expected z of shape (n, {components}), got {z.shape}")
    images = np.empty((len(z), size, size, 3), np.uint8)
    for start in range(0, len(z), batch_size):
        batch = torch.from_numpy(np.ascontiguousarray(z[start : start + batch_size], dtype=np.float32))
        images[start : start + batch_size] = to_pixels(autoencoder.decode(batch.to(autoencoder.device)))
    return images
