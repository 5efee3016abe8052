"""Sliced Wasserstein distance between Laplacian-pyramid patches (Karras et al. 2018, arXiv 1710.10196, section 5)."""

from __future__ import annotations

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


def _halved(images: FloatImages, axis: int) -> FloatImages:
    """Every second value along ``axis`` after smoothing by (1, 4, 6, 4, 1)/16, mirrored at the borders."""
    x = np.moveaxis(images, axis, 0)
    x = np.concatenate([x[2:0:-1], x, x[-2:-4:-1]])
    size = images.shape[axis]
    taps = [x[offset : offset + size : 2] for offset in range(5)]
    smooth = (taps[0] + taps[4] + 4 * (taps[1] + taps[3]) + 6 * taps[2]) / np.float32(16)
    return np.moveaxis(smooth, 0, axis)


def _doubled(images: FloatImages, axis: int, size: int) -> FloatImages:
    """``size`` values along ``axis``: zeros set between the old ones, then smoothed by (1, 4, 6, 4, 1)/8."""
    x = np.moveaxis(images, axis, 0)
    after = x[-1:] if size % 2 == 0 else x[-2:-1]
    x = np.concatenate([x[1:2], x, after])
    doubled = np.empty((size, *x.shape[1:]), np.float32)
    doubled[0::2] = (x[:-2] + 6 * x[1:-1] + x[2:]) / np.float32(8)
    doubled[1::2] = ((x[1:-1] + x[2:]) / np.float32(2))[: size // 2]
    return np.moveaxis(doubled, 0, axis)


def laplacian_pyramid(images: FloatImages) -> list[FloatImages]:
    """Laplacian pyramid of ``images`` (n, h, w, c) float32: details level by level, the smallest one as it is.

    Burt & Adelson 1983; height and width must be at least 7.
    """
    if min(images.shape[1:3]) < PATCH:
        raise ValueError(f"patches of {PATCH}×{PATCH} pixels need larger images than {images.shape[1:3]}")
    levels = [images]
    for height, width in level_sizes(*images.shape[1:3])[:-1]:
        fine = levels[-1]
        coarse = _halved(_halved(fine, 1), 2)
        levels[-1] = fine - _doubled(_doubled(coarse, 1, height), 2, width)
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
        for index, level in enumerate(laplacian_pyramid(images[rows].astype(np.float32))):
            windows = np.lib.stride_tricks.sliding_window_view(level, (PATCH, PATCH), axis=(1, 2))
            top, left = (positions[rows] for positions in offsets[index])
            chosen = windows[np.arange(len(level))[:, None], top, left]
            blocks[index].append(chosen.reshape(-1, *chosen.shape[2:]))
    return [_normalised(np.concatenate(parts)) for parts in blocks]


def _normalised(patches: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(m, c, 7, 7) → (m, 49·c) with mean 0 and standard deviation 1 in each channel (constant channels stay 0)."""
    mean = patches.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
    std = patches.std(axis=(0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
    normalised: npt.NDArray[np.float32] = (patches - mean) / np.where(std > 0, std, 1)
    return normalised.reshape(len(patches), -1)


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


class SlicedWassersteinDistance:
    """The distance of image sets from one fixed set of equally many, with the same positions and projections for all.

    images: (n, h, w, c) uint8; patches: per image and level; projections: per level.
    """

    def __init__(self, images: npt.NDArray[np.uint8], patches: int, projections: int, seed: int) -> None:
        self._patches, self._projections, self._seed = patches, projections, seed
        self._fixed = self._project(images)

    def _project(self, images: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.float32]]:
        levels = descriptors(images, self._patches, np.random.default_rng([self._seed, 0]))
        return [
            sorted_projections(values, self._projections, np.random.default_rng([self._seed, 1, level]))
            for level, values in enumerate(levels)
        ]

    def levels(self, images: npt.NDArray[np.uint8]) -> list[float]:
        """The distance of ``images`` (n, h, w, c) times 1,000 at each level of the pyramid, the finest first."""
        pairs = zip(self._project(images), self._fixed, strict=True)
        return [1000 * sliced_distance(first, second) for first, second in pairs]

    def __call__(self, images: npt.NDArray[np.uint8]) -> float:
        """The mean over the levels."""
        return float(np.mean(self.levels(images)))
