"""Near-duplicate images: candidates by their latent points, then the correlation of their pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from tasks.compute.nearest import flat_index, flat_index_of

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]

NEAREST = 3
EXACT = 20_000
"""Points up to which all pairs are compared; the time of that grows with their square."""
PROBED = 4
"""Cells, of the square root of the number of points, in which neighbours of more points are looked for."""
SEED = 0
QUERIES = 4_096
IMAGES = 256
SIDE = 64
"""Images are compared at this side at most, so that those of all candidates fit into memory: 12 KiB each."""


class Pairs(NamedTuple):
    """Pairs of points. rows: (p, 2) int64, the lower first; distance: (p,) float64, ascending."""

    rows: Rows
    distance: Floats


def candidate_pairs(points: npt.NDArray[np.float32], nearest: int = NEAREST) -> Pairs:
    """Every pair of which one is among the ``nearest`` of the other, the closest first, ties by rows.

    points: (n, k) float32. Found by float32 distances, measured in float64. Of more than ``EXACT`` points those
    nearest within the cells that are probed: near-duplicates lie so close that they share one.
    """
    points = np.ascontiguousarray(points, np.float32)
    wanted = min(nearest + 1, len(points))
    index = _index(points)
    parts = []
    for start in range(0, len(points), QUERIES):
        _, found = index.search(points[start : start + QUERIES], wanted)
        own = np.repeat(np.arange(start, start + len(found)), wanted)
        both = np.column_stack([own, found.ravel()])
        parts.append(np.sort(both[(both[:, 0] != both[:, 1]) & (both[:, 1] >= 0)], axis=1))
    rows = np.unique(np.concatenate(parts), axis=0) if parts else np.empty((0, 2), np.int64)
    distance = np.empty(len(rows))
    for start in range(0, len(rows), QUERIES):
        first, second = (points[rows[start : start + QUERIES, side]].astype(np.float64) for side in (0, 1))
        distance[start : start + QUERIES] = np.linalg.norm(first - second, axis=1)
    order = np.lexsort((rows[:, 1], rows[:, 0], distance))
    return Pairs(rows[order].astype(np.int64), distance[order])


def cells_of(count: int) -> int:
    """Cells into which so many points are sorted; 1 where all pairs are compared."""
    return 1 if count <= EXACT else round(count**0.5)


def _index(points: npt.NDArray[np.float32]) -> faiss.Index:
    """What finds neighbours among ``points`` (n, k): all compared, or in cells by k-means (Sivic & Zisserman 2003)."""
    cells = cells_of(len(points))
    if cells == 1:
        return flat_index_of(points)
    index = faiss.IndexIVFFlat(flat_index(points.shape[1]), points.shape[1], cells)
    index.cp.seed, index.cp.max_points_per_centroid, index.nprobe = SEED, 64, PROBED
    index.train(points)
    index.add(points)
    return index


def reduced(images: Pixels, side: int = SIDE) -> Pixels:
    """Images (n, h, w, c) as means over equal blocks of pixels, the smallest that leave at most ``side`` rows."""
    block = -(-max(images.shape[1:3]) // side)
    if block == 1:
        return images
    height, width = (size // block for size in images.shape[1:3])
    cut = images[:, : height * block, : width * block].reshape(len(images), height, block, width, block, -1)
    return np.asarray(np.rint(cut.mean(axis=(2, 4))), np.uint8)


def pixel_correlation(first: Pixels, second: Pixels) -> Floats:
    """Correlation (n,) of the pixels of each two images (n, h, w, c) over all channels; NaN for one of one colour.

    A change of brightness or contrast, alike in all channels, leaves it at 1 but for clipped pixels.
    """
    a, b = (images.reshape(len(images), -1).astype(np.float64) for images in (first, second))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.sum(a**2, axis=1) * np.sum(b**2, axis=1))
    return np.asarray(np.sum(a * b, axis=1) / np.where(scale > 0, scale, np.nan))


def pixel_similarity(read: Callable[[Rows], Pixels], pairs: Rows) -> Floats:
    """Correlation (p,) of the images of each pair (p, 2); ``read`` gives images (n, h, w, c) of ascending rows.

    Every image is read once, some at a time, and kept reduced.
    """
    wanted = np.unique(pairs)
    parts = [reduced(read(wanted[start : start + IMAGES])) for start in range(0, len(wanted), IMAGES)]
    if not parts:
        return np.empty(0)
    images, places = np.concatenate(parts), np.searchsorted(wanted, pairs)
    steps = range(0, len(pairs), IMAGES)
    blocks = [places[start : start + IMAGES] for start in steps]
    return np.concatenate([pixel_correlation(images[one[:, 0]], images[one[:, 1]]) for one in blocks])


class Shared(NamedTuple):
    """Persons (p,) with images on both sides, ascending, and the images (p,) each has among training and held-out."""

    identity: Rows
    train: Rows
    heldout: Rows


def in_both(identity: Rows, train: npt.NDArray[np.bool_]) -> Shared:
    """Persons in both partitions; identity: (n,), negative where unknown; train: (n,)."""
    known = identity >= 0
    persons, place = np.unique(identity[known], return_inverse=True)
    counts = [np.bincount(place[train[known] == side], minlength=len(persons)) for side in (True, False)]
    shared = (counts[0] > 0) & (counts[1] > 0)
    return Shared(persons[shared], counts[0][shared], counts[1][shared])
