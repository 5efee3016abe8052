"""The PCA baseline: what a linear method with as many components achieves on held-out images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tasks.autoencoder.interface import EncoderDecoder
from tasks.training.images import PartitionImages
from tasks.training.similarity import similarity

MOST_IMAGES = 20_000
MOST_BYTES = 2 * 2**30
OVERSAMPLING = 16
ITERATIONS = 6


@dataclass(frozen=True)
class PrincipalComponents:
    """mean (features,) and components (d, features), orthonormal rows, float32."""

    mean: torch.Tensor
    components: torch.Tensor

    def reconstruct(self, images: torch.Tensor) -> torch.Tensor:
        """The nearest points to ``images`` (n, …) in the plane of the components, of the same shape."""
        centred = images.flatten(1) - self.mean
        return (self.mean + (centred @ self.components.T) @ self.components).view_as(images)


def principal_components(values: torch.Tensor, count: int, seed: int) -> PrincipalComponents:
    """The first ``count`` principal components of ``values`` (n, features) float32, which is centred in place.

    Randomised subspace iteration (Halko, Martinsson & Tropp 2011, arXiv 0909.4061, algorithm 4.4), exact where
    ``count`` + 16 reaches min(n, features). At most min(n − 1, features) components.
    """
    mean = values.mean(dim=0)
    values -= mean
    count = min(count, len(values) - 1, values.shape[1])
    width = min(count + OVERSAMPLING, *values.shape)
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(values.shape[1], width, generator=generator).to(values.device)
    basis = torch.linalg.qr(values @ start).Q
    for _ in range(ITERATIONS):
        basis = torch.linalg.qr(values @ torch.linalg.qr(values.T @ basis).Q).Q
    components = torch.linalg.svd(basis.T @ values, full_matrices=False).Vh[:count]
    return PrincipalComponents(mean, components)


def pca_baseline(
    autoencoder: EncoderDecoder, training: PartitionImages, held_out: PartitionImages, batch_size: int, seed: int
) -> dict[str, Any]:
    """Held-out ``mse``, ``psnr`` and ``ssim`` of ``autoencoder`` and of a PCA with as many components.

    The PCA is fitted to the training images, or to a seeded sample of them that fits 2 GiB (``fitted_on``); with
    too few images it has fewer components than the autoencoder, and ``note`` says so.
    """
    asked = autoencoder.latent_dim
    positions = _sample(len(training), 3 * autoencoder.image_size**2, seed)
    pca = principal_components(_flat(training.sample(positions)), asked, seed)
    facts: dict[str, Any] = {
        "autoencoder": similarity(reconstructed(autoencoder, held_out, batch_size)),
        "pca": similarity((images, pca.reconstruct(images)) for images in _on_cpu(held_out, batch_size)),
        "components": len(pca.components),
        "held_out": len(held_out),
        "fitted_on": len(positions),
        "training_images": len(training),
    }
    if len(pca.components) < asked:
        facts["note"] = f"{len(positions)} images span {len(pca.components)} of the {asked} components asked for"
    return facts


def reconstructed(
    autoencoder: EncoderDecoder,
    images: PartitionImages,
    batch_size: int,
    precision: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of images and their reconstructions, (n, 3, S, S) float32 in [0, 1]; networks run in ``precision``."""
    with torch.inference_mode():
        for pixels in images.sequential(batch_size):
            batch = pixels.to(torch.float32).div_(255)
            with precision():
                decoded = autoencoder.decode(autoencoder.encode(batch))
            yield batch, decoded


def _on_cpu(images: PartitionImages, batch_size: int) -> Iterable[torch.Tensor]:
    return (pixels.cpu().to(torch.float32) / 255 for pixels in images.sequential(batch_size))


def _sample(count: int, features: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Ascending positions of the images that the PCA is fitted to: all of them where that many fit in memory."""
    most = min(MOST_IMAGES, MOST_BYTES // (4 * features))
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def _flat(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> torch.Tensor:
    """``pixels`` (n, S, S, 3) uint8 as (n, 3·S·S) float32 in [0, 1], in the order of the network's input."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).flatten(1).to(torch.float32).div_(255)
