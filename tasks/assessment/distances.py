"""Squared Euclidean distances between two sets of points, block by block, so that any number fits in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

BLOCK_BYTES = 2**26
"""Bytes of distances held at a time: 64 MiB, 41 rows against 202,599 points."""


def block_rows(columns: int, block_bytes: int | None = None) -> int:
    """How many rows of ``columns`` float64 make a block."""
    return max(1, (block_bytes or BLOCK_BYTES) // (8 * max(1, columns)))


def distance_blocks(first: Points, second: Points) -> Iterator[tuple[slice, npt.NDArray[np.float64]]]:
    """Squared distances of ``first`` (n, f) to ``second`` (m, f): blocks of rows of the (n, m) matrix, in order.

    By |x|² + |y|² − 2 x·y, in float64: features of one scale lose nothing that matters, and it is one matrix product.
    """
    lengths = np.einsum("ij,ij->i", second, second)
    rows = block_rows(len(second))
    for start in range(0, len(first), rows):
        part = first[start : start + rows]
        squared = part @ second.T
        squared *= -2
        squared += lengths
        squared += np.einsum("ij,ij->i", part, part)[:, None]
        yield slice(start, start + len(part)), np.maximum(squared, 0, out=squared)


def kth_neighbour(points: Points, k: int) -> npt.NDArray[np.float64]:
    """Squared distance of each of ``points`` (n, f) to its k-th nearest other one: (n,). Needs n > k."""
    if not 1 <= k < len(points):
        raise ValueError(f"the neighbour of rank {k} needs more than {len(points)} points")
    found = np.empty(len(points))
    for rows, squared in distance_blocks(points, points):
        squared[np.arange(rows.stop - rows.start), np.arange(rows.start, rows.stop)] = np.inf
        squared.partition(k - 1, axis=1)
        found[rows] = squared[:, k - 1]
    return found
