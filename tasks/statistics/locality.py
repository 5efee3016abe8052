"""Micro-correlations: how points lie within small neighbourhoods, and whether that is alike everywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from tasks.statistics.neighbours import Rows, nearest_others

Floats = npt.NDArray[np.float64]

BLOCK_VALUES = 2**22
"""Values of the local covariances held at once: 32 MiB."""

PLANE = 3
"""Leading local axes that are compared with as many global ones."""


class Locality(NamedTuple):
    """Figures of a anchors' neighbourhoods, each (a,) float64; NaN where undefined.

    dimension: participation ratio (Σλ)²/Σλ² of the local eigenvalues; variance_share: local over global total
    variance; angle: degrees between the leading local axes and as many global ones, arccos of the root mean squared
    cosine of their principal angles; strength: root mean squared local correlation between the leading global axes,
    which globally have none; likeness: correlation of the local with the global correlations of all pairs of
    components; agreement: correlation of the local correlations between leading axes with their mean over the other
    anchors.
    """

    dimension: Floats
    variance_share: Floats
    angle: Floats
    strength: Floats
    likeness: Floats
    agreement: Floats


class Difference(NamedTuple):
    """Median of the data and mean median of simulated samples, and the probability of such a distance by chance."""

    median: float
    normal: float
    probability: float


def locality(points: Floats, anchors: Rows, k: int, axes: int) -> Locality:
    """Neighbourhoods of the ``k`` nearest other points of ``points[anchors]``.

    points: (n, v) float64 with k < n and 2 ≤ v; the neighbours' covariance is about their own mean. Global figures
    are those of ``points``; ``axes``: leading global axes between which local correlations are taken.
    """
    covariance = np.cov(points, rowvar=False)
    main = np.linalg.eigh(covariance)[1][:, ::-1]
    rows, _ = nearest_others(points, k, anchors)
    step = max(1, BLOCK_VALUES // points.shape[1] ** 2)
    parts = [
        _figures(points[rows[start : start + step]], covariance, main, axes) for start in range(0, len(rows), step)
    ]
    own = np.concatenate([local for _, local in parts])
    others = (np.nansum(own, axis=0) - np.nan_to_num(own)) / max(len(own) - 1, 1)
    dimension, variance_share, angle, strength, likeness = np.concatenate([found for found, _ in parts], axis=1)
    return Locality(dimension, variance_share, angle, strength, likeness, alike(own, others))


def _figures(neighbours: Floats, covariance: Floats, main: Floats, axes: int) -> tuple[Floats, Floats]:
    """All figures but the agreement (5, a), and the local correlations between leading axes (a, pairs)."""
    y = neighbours - neighbours.mean(axis=1, keepdims=True)
    # Of equal points only rounding is left.
    y[np.sum(y**2, axis=(1, 2)) < 1e-20 * np.trace(covariance)] = 0.0
    inner = y @ y.transpose(0, 2, 1)
    total = np.trace(inner, axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        dimension = total**2 / np.sum(inner**2, axis=(1, 2))
    variance_share = total / (y.shape[1] - 1) / np.trace(covariance)
    own = _pairs(_scatter(y @ main[:, :axes]))
    overall = np.broadcast_to(_pairs(covariance[None]), (len(y), len(main) * (len(main) - 1) // 2))
    likeness = alike(_pairs(_scatter(y)), overall)
    strength = np.sqrt(np.mean(own**2, axis=1))
    return np.stack([dimension, variance_share, plane_angle(y, main), strength, likeness]), own


def _scatter(y: Floats) -> Floats:
    return np.asarray(y.transpose(0, 2, 1) @ y)


def _pairs(covariance: Floats) -> Floats:
    """Correlations above the diagonal (a, pairs) of matrices (a, v, v), NaN where there is no variance."""
    scale = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    scale = np.where(scale > 1e-12 * scale.max(axis=1, keepdims=True), scale, np.nan)
    first, second = np.triu_indices(covariance.shape[1], k=1)
    return np.asarray(covariance[:, first, second] / (scale[:, first] * scale[:, second]))


def plane_angle(y: Floats, main: Floats) -> Floats:
    """Degrees (a,) between the leading axes of centred points y (a, k, v) and as many columns of ``main`` (v, v).

    NaN where the points do not span so many.
    """
    plane = min(PLANE, len(main) - 1, y.shape[1] - 1)
    _, length, axes = np.linalg.svd(y, full_matrices=False)
    squares = np.sum((axes[:, :plane] @ main[:, :plane]) ** 2, axis=(1, 2)) / plane
    angle = np.degrees(np.arccos(np.sqrt(np.minimum(squares, 1.0))))
    return np.asarray(np.where(length[:, plane - 1] > 1e-12 * length[:, 0], angle, np.nan))


def alike(first: Floats, second: Floats) -> Floats:
    """Correlation (a,) of each row of ``first`` with the same row of ``second`` (a, p), over what both know.

    NaN for fewer than three places, or none that differ.
    """
    known = np.isfinite(first) & np.isfinite(second)
    count = known.sum(axis=1, keepdims=True)
    parts = [np.where(known, values, 0.0) for values in (first, second)]
    a, b = (np.where(known, part - part.sum(axis=1, keepdims=True) / np.maximum(count, 1), 0.0) for part in parts)
    scale = np.sqrt(np.sum(a**2, axis=1) * np.sum(b**2, axis=1))
    enough = (count[:, 0] >= 3) & (scale > 0)
    return np.asarray(np.where(enough, np.sum(a * b, axis=1) / np.where(enough, scale, 1.0), np.nan))


def difference(figure: Floats, simulated: Floats) -> Difference | None:
    """Does the median of a figure (a,) differ from those of the simulated samples (s, a) by more than chance?

    The samples' medians predict the next one: t = (median − mean)/(s·sqrt(1 + 1/samples)) has Student's distribution.
    Neighbourhoods overlap, so that tests that take the anchors as independent would find differences too readily.
    """
    with np.errstate(all="ignore"):
        medians = np.array(
            [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in simulated]
        )
    known = figure[np.isfinite(figure)]
    if not len(known) or not np.all(np.isfinite(medians)):
        return None
    own, mean, count = float(np.median(known)), float(medians.mean()), len(medians)
    error = float(medians.std(ddof=1)) * np.sqrt(1 + 1 / count)
    if error == 0:
        return Difference(own, mean, 1.0 if own == mean else 0.0)
    return Difference(own, mean, float(2 * t.sf(abs(own - mean) / error, count - 1)))
