"""Sliced Wasserstein distance between Laplacian-pyramid patches (Karras et al. 2018, arXiv 1710.10196, section 5)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

PATCH = 7
SMALLEST = 16
BLOCK = 256

FloatImages = npt.NDArray[np.float32]


def level_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Heights and widths of the pyramid's levels, halved (rounded up) as long as they stay at 16 pixels or more."""
    sizes = [(height, width)]
    while min(smaller := (-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2))) >= SMALLEST:
        sizes.append(smaller)
    return sizes


@cache
def _halving(size: int) -> FloatImages:
    """The matrix (⌈size/2⌉, size) that smooths by (1, 4, 6, 4, 1)/16, mirrored at the ends, and keeps every second."""
    padded = np.pad(np.arange(size), 2, mode="reflect")
    matrix = np.zeros((-(-size // 2), size), np.float32)
    for row in range(len(matrix)):
        np.add.at(matrix[row], padded[2 * row : 2 * row + 5], np.array([1, 4, 6, 4, 1], np.float32) / 16)
    return matrix


@cache
def _doubling(size: int) -> FloatImages:
    """The matrix (size, ⌈size/2⌉) that sets zeros between values and smooths by (1, 4, 6, 4, 1)/8, mirrored."""
    padded = np.pad(np.arange(size), 2, mode="reflect")
    matrix = np.zeros((size, -(-size // 2)), np.float32)
    for row in range(size):
        for place, tap in zip(padded[row : row + 5], (1, 4, 6, 4, 1), strict=True):
            if place % 2 == 0:
                matrix[row, place // 2] += tap / 8
    return matrix


def laplacian_pyramid(images: FloatImages) -> list[FloatImages]:
    """Laplacian pyramid of ``images`` (n, c, h, w) float32: details level by level, the smallest one as it is.

    Burt & Adelson 1983; height and width must be at least 7. Smoothing is a product with a small banded matrix on
    either side, which is faster than adding shifted copies.
    """
    if min(images.shape[2:]) < PATCH:
        raise ValueError(f"patches of {PATCH}×{PATCH} pixels need larger images than {images.shape[2:]}")
    levels = [images]
    for height, width in level_sizes(*images.shape[2:])[:-1]:
        fine = levels[-1]
        coarse = np.matmul(np.matmul(_halving(height), fine), _halving(width).T)
        levels[-1] = fine - np.matmul(np.matmul(_doubling(height), coarse), _doubling(width).T)
        levels.append(coarse)
    return levels


def descriptors(
    images: npt.NDArray[np.uint8], patches: int, random: np.random.Generator
) -> list[npt.NDArray[np.float32]]:
    """For each level of the pyramid of ``images`` (n, h, w, c), its random patches: (n·patches, 49·c) float32.

    Each channel is brought to mean 0 and standard deviation 1 over the whole set, as in the paper: a set's overall
    colour and contrast do not count, its structure does. Positions depend on ``random`` and n, not on the images.
    """
    sizes = level_sizes(*images.shape[1:3])
    offsets = [
        [random.integers(0, max(1, extent - PATCH + 1), (len(images), patches)) for extent in size] for size in sizes
    ]
    blocks: list[list[npt.NDArray[np.float32]]] = [[] for _ in sizes]
    for start in range(0, len(images), BLOCK):
        rows = slice(start, start + BLOCK)
        # Nearly centred, so that sums of squares lose nothing in float32.
        part = np.ascontiguousarray(images[rows].transpose(0, 3, 1, 2), np.float32) - np.float32(128)
        for index, level in enumerate(laplacian_pyramid(part)):
            top, left = (positions[rows] for positions in offsets[index])
            blocks[index].append(_patches(level, top, left))
    return [_normalised(np.concatenate(parts), images.shape[3]) for parts in blocks]


def _patches(level: FloatImages, top: npt.NDArray[np.int64], left: npt.NDArray[np.int64]) -> FloatImages:
    """The 7×7 patches of ``level`` (n, c, h, w) at ``top``, ``left`` (n, p): (n·p, 49·c)."""
    count, channels, height, width = level.shape
    inside = np.arange(PATCH)[:, None] * width + np.arange(PATCH)
    inside = (np.arange(channels)[:, None] * height * width + inside.ravel()).ravel()
    corner = np.arange(count)[:, None] * (channels * height * width) + top * width + left
    chosen: FloatImages = level.ravel()[corner.reshape(-1, 1) + inside]
    return chosen


def _normalised(patches: npt.NDArray[np.float32], channels: int) -> npt.NDArray[np.float32]:
    """(m, 49·c) with mean 0 and standard deviation 1 in each channel, in place (constant channels stay 0)."""
    ones = np.ones(len(patches), np.float32) / np.float32(len(patches))

    def per_channel(columns: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        means = columns.reshape(channels, -1).mean(axis=1, dtype=np.float64)
        return np.repeat(means, patches.shape[1] // channels).astype(np.float32)

    patches -= per_channel(np.matmul(ones, patches))
    std = np.sqrt(per_channel(np.matmul(ones, np.square(patches))))
    patches /= np.where(std > 1e-3, std, 1)
    return patches


def sorted_projections(
    values: npt.NDArray[np.float32], projections: int, random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """``values`` (m, k) projected on random unit vectors, sorted along each: (projections, m) float32."""
    directions = random.standard_normal((projections, values.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    projected: npt.NDArray[np.float32] = directions.astype(np.float32) @ values.T
    projected.sort(axis=1)
    return projected


def sliced_distance(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> float:
    """Mean over the projections (rows) of the 1-Wasserstein distance between equally many sorted values."""
    if first.shape != second.shape:
        raise ValueError(f"both sides need equally many values, got {first.shape} and {second.shape}")
    return float(np.abs(first - second).mean(dtype=np.float64))


def projected_patches(
    images: npt.NDArray[np.uint8], patches: int, projections: int, seed: int
) -> list[npt.NDArray[np.float32]]:
    """For each pyramid level of ``images``, the finest first, what ``sorted_projections`` makes of its patches.

    ``patches``: per image and level; ``projections``: per level. Sets of equally many images meet the same positions
    and directions.
    """
    levels = descriptors(images, patches, np.random.default_rng([seed, 0]))
    return [
        sorted_projections(values, projections, np.random.default_rng([seed, 1, level]))
        for level, values in enumerate(levels)
    ]


def level_distances(first: list[npt.NDArray[np.float32]], second: list[npt.NDArray[np.float32]]) -> list[float]:
    """The sliced Wasserstein distance times 1,000 at each level, of two sets' ``projected_patches``."""
    return [1000 * sliced_distance(*pair) for pair in zip(first, second, strict=True)]
