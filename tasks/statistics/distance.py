"""How far points lie from the origin and from the mean, and what a normal distribution would give."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]


def radius(z: Floats) -> Floats:
    """|z| of each row of ``z`` (n, d): (n,)."""
    return np.asarray(np.sqrt(np.vecdot(z, z)))


def mahalanobis(z: Floats, mean: Floats, factor: Floats) -> Floats:
    """d_M(z) = sqrt((z−m)ᵀ C⁻¹ (z−m)) of each row of ``z`` (n, d), with C⁻¹ = factor · factorᵀ: (n,)."""
    return radius((z - mean) @ factor)


class NormalDistance(NamedTuple):
    """Mean and standard deviation of d_M, and the mean of d_M², that normally distributed points would have."""

    mean: float
    std: float
    mean_square: float


def normal_distance_of_sample(count: int, components: int) -> NormalDistance:
    """d_M of the n points whose own mean and covariance (ddof 1) it is measured with.

    d_M² ~ (n−1)²/n · Beta(d/2, (n−d−1)/2); its mean d(n−1)/n holds for every distribution identically.
    Raises ``ValueError`` unless n > d + 1.
    """
    if count <= components + 1:
        raise ValueError(f"needs more than d + 1 points, got {count} for d = {components}")
    a, b = components / 2, (count - components - 1) / 2
    log_root = gammaln(a + 0.5) - gammaln(a) + gammaln(a + b) - gammaln(a + b + 0.5)
    mean = (count - 1) / np.sqrt(count) * np.exp(log_root)
    return _with_mean_square(mean, components * (count - 1) / count)


def normal_distance_of_new(count: int, components: int) -> NormalDistance:
    """d_M of new points, measured with the mean and covariance (ddof 1) of n others.

    d_M² ~ d(n²−1)/(n(n−d)) · F(d, n−d), with mean d(n²−1)/(n(n−d−2)).
    Raises ``ValueError`` unless n > d + 2.
    """
    if count <= components + 2:
        raise ValueError(f"needs more than d + 2 points, got {count} for d = {components}")
    a, b = components / 2, (count - components) / 2
    log_root = gammaln(a + 0.5) - gammaln(a) + gammaln(b - 0.5) - gammaln(b)
    # sqrt(F) = sqrt(X/Y · b/a) with independent gamma variables X, Y; the factor d/(n−d) = a/b cancels.
    mean = np.sqrt((count**2 - 1) / count) * np.exp(log_root)
    return _with_mean_square(mean, components * (count**2 - 1) / (count * (count - components - 2)))


def _with_mean_square(mean: float, mean_square: float) -> NormalDistance:
    return NormalDistance(float(mean), float(np.sqrt(max(mean_square - mean**2, 0.0))), float(mean_square))
