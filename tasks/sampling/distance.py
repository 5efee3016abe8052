"""How far points of simple distributions lie from a place: mean and variance of the squared distance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def squared_if_uniform(offset: Float64, reach: Float64) -> tuple[float, float]:
    """Uniform within ``offset`` ± ``reach``, both (d,): Σ (b²/3 + a²) and Σ (4 b⁴/45 + 4 a² b²/3)."""
    a, b = offset, reach
    return float(np.sum(b**2 / 3 + a**2)), float(np.sum(4 * b**4 / 45 + 4 * a**2 * b**2 / 3))


def squared_if_normal(offset: Float64, covariance: Float64) -> tuple[float, float]:
    """Normal about ``offset`` (d,) with ``covariance`` (d, d): tr C + |a|² and 2 tr C² + 4 aᵀC a."""
    mean = float(np.trace(covariance) + offset @ offset)
    return mean, float(2 * np.sum(covariance**2) + 4 * (offset @ covariance @ offset))
