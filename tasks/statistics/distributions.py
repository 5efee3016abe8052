"""Marginal distributions of all components at once, and what the series reads from them: centre and half-width."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve
from scipy.special import ndtr

from tasks.statistics.loops import count_in_bins

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

NORMAL_HALF_WIDTH = float(np.sqrt(2 * np.log(2)))
"""Half width at half maximum of a normal distribution, in standard deviations: 1.1774."""


def bin_edges(minimum: Floats, maximum: Floats, bins: int) -> Floats:
    """Edges (d, bins + 1) of ``bins`` equal bins from ``minimum`` to ``maximum`` (d,), as ``np.histogram`` sets them.

    A component that has one value gets a range of 1 around it.
    """
    single = minimum == maximum
    first, last = np.where(single, minimum - 0.5, minimum), np.where(single, maximum + 0.5, maximum)
    return np.stack([np.linspace(low, high, bins + 1) for low, high in zip(first, last, strict=True)])


def add_counts(z: npt.NDArray[np.floating[Any]], edges: Floats, histogram: Counts) -> None:
    """Add every component of ``z`` (n, d) to ``histogram`` (d, bins), as ``np.histogram`` counts.

    Raises ``ValueError`` if a value lies beyond ``edges`` (d, bins + 1), or is none.
    """
    if beyond := count_in_bins(np.ascontiguousarray(z), edges, histogram):
        raise ValueError(f"{beyond} values lie beyond the edges of the histogram")


def bin_counts(z: npt.NDArray[np.floating[Any]], edges: Floats) -> Counts:
    """Histogram (d, bins) int64 of every component of ``z`` (n, d). Raises ``ValueError`` as ``add_counts``."""
    histogram = np.zeros((edges.shape[0], edges.shape[1] - 1), np.int64)
    add_counts(z, edges, histogram)
    return histogram


def histogram_quantile(histogram: Counts, edges: Floats, probability: float) -> Floats:
    """Quantile (d,) of each component, points spread evenly within their bins."""
    cumulative = np.concatenate([np.zeros((len(histogram), 1)), np.cumsum(histogram, axis=1)], axis=1)
    wanted = probability * cumulative[:, -1]
    return np.array([np.interp(level, row, edge) for level, row, edge in zip(wanted, cumulative, edges, strict=True)])


def silverman_bandwidth(histogram: Counts, edges: Floats, std: Floats) -> Floats:
    """0.9 min(σ, IQR/1.34) n^(−1/5) of each component (d,) (Silverman 1986, eq. 3.31)."""
    range_ = histogram_quantile(histogram, edges, 0.75) - histogram_quantile(histogram, edges, 0.25)
    scale = np.minimum(std, range_ / 1.34)
    return np.asarray(0.9 * scale * histogram.sum(axis=1) ** -0.2)


def smoothed(histogram: Counts, edges: Floats, bandwidth: Floats) -> tuple[Floats, Floats]:
    """Marginal distributions convolved with a Gaussian of ``bandwidth`` (d,): positions and counts per bin width.

    The counts are taken as spread evenly within their bins and the convolution is exact at the bins' middles.
    Both results are (d, 3·bins − 2): one range beyond either end, since smoothing carries the curve past them.
    """
    bins = histogram.shape[1]
    width = (edges[:, -1] - edges[:, 0]) / bins
    lag = np.arange(1 - bins, bins)
    scale = np.where(bandwidth > 0, bandwidth / width, 1e-6)[:, None]
    kernel = ndtr((lag + 0.5) / scale) - ndtr((lag - 0.5) / scale)
    curve = fftconvolve(histogram.astype(np.float64), kernel, mode="full", axes=1)
    position = edges[:, :1] + width[:, None] * (np.arange(3 * bins - 2) - (bins - 1) + 0.5)
    return position, curve


def _crossing(position: Floats, curve: Floats, peak: int, half: float, step: int) -> float:
    """Where ``curve`` (m,) first falls to ``half`` on the way from ``peak`` in direction ``step``, interpolated."""
    path = curve[peak::step] if step > 0 else curve[peak::-1]
    below = np.flatnonzero(path <= half)
    if len(below) == 0:
        return float(position[-1] if step > 0 else position[0])
    outer = peak + step * int(below[0])
    inner = outer - step
    fraction = (curve[inner] - half) / (curve[inner] - curve[outer])
    return float(position[inner] + fraction * (position[outer] - position[inner]))


def centre_and_half_width(histogram: Counts, edges: Floats, std: Floats) -> tuple[Floats, Floats]:
    """Peak and half the full width at half maximum of each component's smoothed marginal distribution, both (d,).

    ``std`` (d,): standard deviations, for the bandwidth. The peak is the vertex of the parabola through the highest
    value and its neighbours, the crossings are interpolated linearly, the nearest to the peak on either side.
    Components without spread have their one value as centre and half-width 0.
    """
    position, curve = smoothed(histogram, edges, silverman_bandwidth(histogram, edges, std))
    centre, half_width = (edges[:, 0] + edges[:, -1]) / 2, np.zeros(len(histogram))
    for j in np.flatnonzero(std > 0):
        at, values = position[j], curve[j]
        peak = int(np.argmax(values))
        left, top, right = values[peak - 1 : peak + 2]
        offset = 0.5 * (left - right) / (left - 2 * top + right)
        half = 0.5 * (top - 0.25 * (left - right) * offset)
        centre[j] = at[peak] + offset * (at[1] - at[0])
        half_width[j] = (_crossing(at, values, peak, half, 1) - _crossing(at, values, peak, half, -1)) / 2
    return centre, half_width


def gaussian_fit_distance(histogram: Counts, edges: Floats, mean: Floats, std: Floats) -> Floats:
    """Largest gap (d,) between each cumulative marginal distribution and its normal fit, at the bins' edges.

    The Kolmogorov–Smirnov distance up to what one bin can hide; NaN for components without spread.
    """
    share = np.cumsum(histogram, axis=1) / histogram.sum(axis=1, keepdims=True)
    scale = np.where(std > 0, std, np.nan)[:, None]
    return np.asarray(np.abs(share - ndtr((edges[:, 1:] - mean[:, None]) / scale)).max(axis=1))
