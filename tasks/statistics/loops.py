"""Loops over the numbers of points that NumPy would sweep over several times."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.compute.compiled import Compiled

Floats = npt.NDArray[np.float64]
Points = npt.NDArray[np.floating[Any]]

EDGE = 1e-6
"""A value nearer to an edge than this share of a bin is compared with the edges themselves."""


@Compiled
def extent(points: Points, minimum: Floats, maximum: Floats, total: Floats) -> None:
    """Fill in minimum, maximum and sum (d,) of the finite ``points`` (n, d), of which there is at least one."""
    minimum[:] = points[0]
    maximum[:] = points[0]
    total[:] = 0
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            value = np.float64(points[i, j])
            minimum[j] = min(minimum[j], value)
            maximum[j] = max(maximum[j], value)
            total[j] += value


@Compiled
def subtract_mean(points: Points, mean: Floats, y: Floats) -> None:
    """Write ``points`` (n, d) less ``mean`` (d,) into ``y`` (n, d)."""
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            y[i, j] = points[i, j] - mean[j]


@Compiled
def about_mean(points: Points, mean: Floats, least: Floats, most: Floats, z: Floats, y: Floats, powers: Floats) -> int:
    """How many of ``points`` (n, d) have every component from ``least`` to ``most`` (d,), both included.

    Writes the points in float64 into ``z`` and those less ``mean`` (d,) into ``y``, both (n, d), and adds the sums of
    the first four powers of ``y`` to ``powers`` (4, d).
    """
    inside = 0
    for i in range(points.shape[0]):
        outside = 0
        for j in range(points.shape[1]):
            value = np.float64(points[i, j])
            outside += (value < least[j]) | (value > most[j])
            z[i, j] = value
            first = value - mean[j]
            y[i, j] = first
            second = first * first
            third = second * first
            powers[0, j] += first
            powers[1, j] += second
            powers[2, j] += third
            powers[3, j] += third * first
        inside += outside == 0
    return inside


@Compiled
def count_in_bins(points: Points, edges: Floats, histogram: npt.NDArray[np.int64]) -> int:
    """Add ``points`` (n, d) to ``histogram`` (d, bins); how many of their numbers lie beyond ``edges`` (d, bins + 1).

    Follows ``np.histogram`` to the last unit: bins are closed on the left, the last on both sides, and an index that
    rounding may have put on the wrong side of an edge is put right.
    """
    components = points.shape[1]
    last = np.int32(histogram.shape[1] - 1)
    first = edges[:, 0].copy()
    scale = histogram.shape[1] / (edges[:, -1] - first)
    chosen, near = np.empty(components, np.int32), np.empty(components, np.bool_)
    beyond = 0
    for i in range(points.shape[0]):
        # Two loops: this one, without branches, works on several components at once.
        for j in range(components):
            place = (points[i, j] - first[j]) * scale[j]
            chosen[j] = np.int32(place)
            part = place - chosen[j]
            near[j] = not ((part > EDGE) & (part < 1 - EDGE) & (chosen[j] <= last))
        for j in range(components):
            bin_ = chosen[j]
            if near[j]:
                if not (edges[j, 0] <= points[i, j] <= edges[j, last + 1]):
                    beyond += 1
                    continue
                bin_ = min(max(bin_, 0), last)
                if points[i, j] < edges[j, bin_]:
                    bin_ -= 1
                elif points[i, j] >= edges[j, bin_ + 1] and bin_ != last:
                    bin_ += 1
            # Without a sign, which would be asked for at every index.
            histogram[j, np.uint32(bin_)] += 1
    return beyond
