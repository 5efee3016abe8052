"""How alike two sets of images are: mean squared error, peak signal-to-noise ratio, structural similarity."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import torch

WINDOW = 11
SIGMA = 1.5
MINIMUM_MSE = 1e-10
"""Below this (100 dB) two images count as equal, which keeps the PSNR finite."""


def squared_error(images: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Mean squared error of each pair, (n,) float32, of images (n, c, h, w) in [0, 1]."""
    return (images - others).square().mean(dim=(1, 2, 3))


def signal_to_noise(mse: torch.Tensor) -> torch.Tensor:
    """Peak signal-to-noise ratio in dB, of each mean squared error on the 0–1 scale; 100 dB at most."""
    return -10 * torch.log10(mse.clamp_min(MINIMUM_MSE))


@lru_cache(maxsize=32)
def _gaussian_band(size: int, device: torch.device) -> torch.Tensor:
    """The (size − 10, size) matrix that filters a line of ``size`` pixels with the Gaussian window where it fits."""
    offsets = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    window = torch.exp(-offsets.square() / (2 * SIGMA**2))
    window /= window.sum()
    band = torch.zeros(size - WINDOW + 1, size, dtype=torch.float64)
    for row in range(len(band)):
        band[row, row : row + WINDOW] = window
    return band.to(torch.float32).to(device)


def structural_similarity(images: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """SSIM of each pair, (n,) float32, of images (n, c, h, w) in [0, 1], at least 11 pixels wide and high.

    Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13: Gaussian window of 11×11 pixels and sigma 1.5, K1 = 0.01,
    K2 = 0.03, averaged over the positions where the window lies inside the image, and over the channels.
    """
    down, across = (_gaussian_band(size, images.device) for size in images.shape[-2:])

    def local_mean(values: torch.Tensor) -> torch.Tensor:
        return down @ values @ across.T

    mean, other_mean = local_mean(images), local_mean(others)
    variance = local_mean(images.square()) - mean.square()
    other_variance = local_mean(others.square()) - other_mean.square()
    covariance = local_mean(images * others) - mean * other_mean
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean * other_mean + c1) / (mean.square() + other_mean.square() + c1)
    structure = (2 * covariance + c2) / (variance + other_variance + c2)
    return (luminance * structure).mean(dim=(1, 2, 3))


def similarity(pairs: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> dict[str, float]:
    """Means over all images of ``mse``, ``psnr`` (dB) and ``ssim``, of batches of pairs (n, c, h, w) in [0, 1]."""
    total = torch.zeros(3, dtype=torch.float64)
    count = 0
    for images, others in pairs:
        mse = squared_error(images, others)
        values = torch.stack([mse, signal_to_noise(mse), structural_similarity(images, others)])
        total += values.cpu().double().sum(dim=1)
        count += len(images)
    mse, psnr, ssim = (total / count).tolist()
    return {"mse": mse, "psnr": psnr, "ssim": ssim}
