"""The Fréchet distance between two normal distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Normal:
    """A normal distribution. mean: (f,) float64; root: (r, f) float64 with rootᵀ root = covariance, r ≤ f."""

    mean: npt.NDArray[np.float64]
    root: npt.NDArray[np.float64]


def fit(values: npt.NDArray[np.floating]) -> Normal:
    """The mean and the covariance (ddof 1) of ``values`` (n, f); n may be smaller than f.

    The covariance is kept as the triangular factor of the centred values, so that nothing is lost by squaring
    them. Raises ``ValueError`` for n < 2.
    """
    if values.ndim != 2 or len(values) < 2:
        raise ValueError(f"a covariance needs two or more rows of values, got an array of shape {values.shape}")
    exact = values.astype(np.float64)
    mean = exact.mean(axis=0)
    root = np.linalg.qr((exact - mean) / np.sqrt(len(exact) - 1)).R
    return Normal(mean, root)


def squared_frechet_distance(first: Normal, second: Normal) -> float:
    """|m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½) (Dowson & Landau 1982, eq. 4).

    For any roots RᵀR = C the trace of (C₁C₂)^½ is the sum of the singular values of R₁R₂ᵀ: no root of a
    near-singular matrix is taken, and identical sets give 0 to rounding.
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(f"{len(first.mean)} and {len(second.mean)} features cannot be compared")
    overlap = np.linalg.svd(first.root @ second.root.T, compute_uv=False).sum()
    spread = np.square(first.root).sum() + np.square(second.root).sum() - 2 * overlap
    return max(0.0, float(np.square(first.mean - second.mean).sum() + spread))
