"""Variations of one point: how far they are from it, as a share of the distance to a stranger."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.sampling.points import Points

Float64 = npt.NDArray[np.float64]


def variations(
    points: Points, z: npt.NDArray[np.float32], distance: float, count: int, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """``count`` points (count, d) float32 around ``z`` (d,), at ``distance`` (0 to 1) of that to a stranger.

    In whitened coordinates w′ = ρ·w + sqrt(1 − ρ²)·ξ with standard normal ξ, which keeps a typical distance from the
    mean: variations are as typical as what they vary. ρ is such that the root mean square of |w′ − w| is ``distance``
    times that of |ξ − w|. What z has outside the main axes of the training points shrinks by ρ.
    """
    w = points.whiten(z[None])[0]
    kept = retained(float(w @ w), len(w), distance)
    outside = z.astype(np.float64) - points.colour(w[None])[0]
    drawn = kept * w + np.sqrt(max(0.0, 1 - kept**2)) * rng.standard_normal((count, len(w)))
    return np.asarray(points.colour(drawn) + kept * outside, np.float32)


def retained(squared_radius: float, axes: int, distance: float) -> float:
    """ρ with (1−ρ)²·s + (1−ρ²)·r = distance²·(s + r), for s = ``squared_radius`` and r = ``axes``; 1 to 0."""
    s, r, left = squared_radius, float(axes), 1 - distance**2
    return 0.0 if left == 0 else (s + r) * left / (s + np.sqrt(s**2 * distance**2 + r**2 * left))
