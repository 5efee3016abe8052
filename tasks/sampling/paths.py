"""Lines, planes and circles in latent space: between two points, and through the core."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tasks.sampling.points import Points

Mode: TypeAlias = Literal["linear", "spherical", "whitened"]
Frame: TypeAlias = Literal["offset", "axes"]
Float64 = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]

MODES: tuple[Mode, ...] = ("linear", "spherical", "whitened")


def great_circle(first: Float64, second: Float64, t: Float64) -> Float64:
    """Places ``t`` (s,) on the arcs from ``first`` to ``second`` (n, d): (n, s, d).

    Shoemake 1985 (SIGGRAPH), slerp: (sin((1−t)Ω)·p + sin(tΩ)·q)/sin Ω for the directions p and q, Ω apart; the
    length goes from one's to the other's in equal steps. Opposite or same directions, and points without one,
    are joined by the straight line.
    """
    length = np.stack([np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)])
    has_direction = (length > 0).all(axis=0)
    p, q = (
        points / np.where(size > 0, size, 1.0)[:, None] for points, size in zip((first, second), length, strict=True)
    )
    # The angle from the halves' lengths: exact for small and for large angles, which arccos is not.
    angle = 2 * np.arctan2(np.linalg.norm(p - q, axis=1), np.linalg.norm(p + q, axis=1))
    sine = np.sin(angle)
    curved = has_direction & (sine > 1e-7)
    safe = np.where(curved, sine, 1.0)
    from_first, from_second = (np.sin(np.outer(angle, part)) / safe[:, None] for part in (1 - t, t))
    size = np.outer(length[0], 1 - t) + np.outer(length[1], t)
    arc = size[:, :, None] * (from_first[:, :, None] * p[:, None] + from_second[:, :, None] * q[:, None])
    return np.where(curved[:, None, None], arc, straight_line(first, second, t))


def random_pairs(
    points: Points, rng: np.random.Generator, count: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """``count`` random training points and for each a different one, both (count, d)."""
    n = len(points.z_train)
    first = rng.integers(0, n, count)
    second = (first + rng.integers(1, n, count)) % n
    both = points.z_train.take(np.concatenate([first, second]))
    return both[:count], both[count:]


def straight_line(first: Float64, second: Float64, t: Float64) -> Float64:
    """Places ``t`` (s,) on the lines from ``first`` to ``second`` (n, d): (n, s, d)."""
    return np.asarray((1 - t)[:, None] * first[:, None] + t[:, None] * second[:, None])


def between(points: Points, first: Floats, second: Floats, t: Float64, mode: Mode) -> npt.NDArray[np.float32]:
    """Places ``t`` (s,) between the points ``first`` and ``second`` (n, d): (n, s, d) float32.

    ``linear``: the straight line; ``spherical``: the great circle about the origin (White 2016, arXiv 1609.04468);
    ``whitened``: the great circle about the mean in whitened coordinates, which keeps the Mahalanobis distance. The
    straight line in whitened space would be the straight line itself, since whitening is affine. What the points
    have outside the training points' main axes goes along the straight line.
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    if mode == "linear":
        return straight_line(a, b, t).astype(np.float32)
    if mode == "spherical":
        return great_circle(a, b, t).astype(np.float32)
    white = points.whiten(a), points.whiten(b)
    straight = straight_line(a - points.colour(white[0]), b - points.colour(white[1]), t)
    return (points.colour(great_circle(*white, t)) + straight).astype(np.float32)


def ways(points: Points) -> tuple[Mode, ...]:
    """The modes that differ on these points: a great circle takes two components, or two main axes."""
    directions = {"linear": 2, "spherical": points.dimension, "whitened": points.axes.shape[1]}
    return tuple(mode for mode in MODES if directions[mode] > 1)


def directions(points: Points, frame: Frame, count: int) -> tuple[Float64, Float64]:
    """The core's centre (d,) and steps of one standard deviation along at most ``count`` leading directions (c, d).

    ``offset``: the components whose centres are farthest from zero, about the centre of the marginal distributions;
    ``axes``: the main axes of largest variance, about the mean.
    """
    if frame == "axes":
        return points.mean, points.axes[:, :count].T
    centre = np.where(points.varying, points.centre, points.mean)
    carried = np.where(points.varying, np.abs(centre), -1.0)
    leading = np.argsort(-carried, kind="stable")[: min(count, int(points.varying.sum()))]
    return centre, np.eye(points.dimension)[leading] * points.std[leading, None]
