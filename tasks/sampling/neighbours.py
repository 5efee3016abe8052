"""Exact Euclidean nearest neighbours among points, such as the training points, in memory or not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from storage.rows import StoredRows
from tasks.compute.candidates import Candidates, nearest_of
from tasks.compute.nearest import flat_index_of

if TYPE_CHECKING:
    import faiss

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

SPARE = 8
"""Candidates asked for beyond k: float32 distances of near ties come in an order that rounding decided."""

BLOCK_VALUES = 2**25
"""Queries searched at once; bounds the memory of their candidates and of the exact distances."""

CACHED_VALUES = 2**18
"""The same where the points are few, and more searches cost nothing: what stays in the cache."""

FEW_VALUES = 2**22
"""Values of points that are few: 16 MiB, which every search reads."""


class Near(NamedTuple):
    """Neighbours of some queries. queries: which; rows, distance: (q, k); points: (q, k, d) float32; nearest first."""

    queries: slice
    rows: Rows
    distance: Float64
    points: Float32


class NeighbourIndex:
    """Search among ``points``, (n, d) float32: one pass over them for all queries of a call, or of some thousands.

    faiss proposes candidates by float32 distances of centred points; the order and the distances
    are then computed in float64, ties going to the lower row, so the answer is the same on every run.
    """

    def __init__(self, points: StoredRows) -> None:
        self._points = points

    @cached_property
    def _first(self) -> tuple[Float32, Float32, faiss.Index]:
        """The first block, its mean, and an index of the one less the other: of all points if they are in memory."""
        _, block = next(iter(self._points.blocks()))
        origin = block.mean(axis=0, dtype=np.float64).astype(np.float32)
        return block, origin, flat_index_of(block - origin)

    @property
    def origin(self) -> Float32:
        """What is taken off all points before they are compared, (d,), which keeps rounding small."""
        return self._first[1]

    @cached_property
    def mean_square(self) -> float:
        """Mean squared distance of the points from ``origin``, by which rounding is judged."""
        squared = [np.square(part - self.origin, dtype=np.float64).sum(axis=1) for _, part in self._points.parts()]
        return float(np.concatenate(squared).mean())

    def __len__(self) -> int:
        return len(self._points)

    def take(self, rows: npt.NDArray[np.integer[Any]]) -> Float32:
        """The points ``rows`` (q,), in that order, (q, d)."""
        return self._points.take(rows)

    def candidates(self, queries: Float32, k: int) -> Candidates:
        """The ``k`` nearest points of each of ``queries`` (q, d) by float32 distances, or all if there are fewer."""
        block, origin, index = self._first
        centred = np.ascontiguousarray(queries - origin, dtype=np.float32)
        found = Candidates(len(queries), min(k, len(self._points)), queries.shape[1])
        found.add(0, block, *index.search(centred, min(k, len(block))))
        if not self._points.resident:
            offset = np.empty((0, queries.shape[1]), np.float32)
            for first, block in islice(self._points.blocks(), 1, None):
                if len(block) > len(offset):
                    offset = np.empty_like(block)
                less = np.subtract(block, origin, out=offset[: len(block)])
                found.add(first, block, *nearest_of(less, centred, min(k, len(block))))
        return found

    def near(self, queries: Float32, k: int) -> Iterator[Near]:
        """The ``k`` nearest points of each query (q, d), of some queries after the other."""
        if not 1 <= k <= len(self._points):
            raise ValueError(f"k is {k}, expected 1 to {len(self._points)}, the number of points")
        few = len(self._points) * queries.shape[1] <= FEW_VALUES
        step = max(1, (CACHED_VALUES if few else BLOCK_VALUES) // ((k + SPARE) * queries.shape[1]))
        for start in range(0, len(queries), step):
            asked = slice(start, min(start + step, len(queries)))
            found = self.candidates(queries[asked], k + SPARE)
            difference = found.points().astype(np.float64) - queries[asked, None].astype(np.float64)
            distance = np.linalg.norm(difference, axis=2)
            order = np.lexsort((found.rows, distance))[:, :k]
            rows, distance = (np.take_along_axis(values, order, 1) for values in (found.rows, distance))
            yield Near(asked, rows, distance, found.points(order))

    def nearest(self, queries: Float32, k: int) -> tuple[Rows, Float64]:
        """The ``k`` nearest points of each query (q, d): rows (q, k) int64 and distances (q, k), nearest first."""
        rows, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
        for found in self.near(queries, k):
            rows[found.queries], distances[found.queries] = found.rows, found.distance
        return rows, distances

    def distance(self, queries: Float32, left_out: npt.NDArray[np.integer] | None = None) -> Float64:
        """Euclidean distance of each of ``queries`` (q, d) to the nearest point, (q,): that of float32, in float64.

        left_out: (q,) a row for each that does not count, as that of the query itself.
        """
        found = self.candidates(queries, 1 if left_out is None else 2)
        points = found.points()
        nearest = points[:, 0]
        if left_out is not None:
            nearest = np.where((found.rows[:, 0] == left_out)[:, None], points[:, -1], nearest)
        return np.asarray(np.linalg.norm(queries.astype(np.float64) - nearest, axis=1))

    def others(self, rows: Rows, k: int) -> Iterator[Near]:
        """The ``k`` nearest *other* points of the points ``rows`` (q,), of some after the other.

        A duplicate of a point is another point; only the row itself is left out.
        """
        for found in self.near(self._points.take(rows), k + 1):
            itself = found.rows == rows[found.queries, None]
            # Among many duplicates the row itself may not be listed: then the farthest goes.
            itself[~itself.any(axis=1), -1] = True
            shape = len(itself), k
            yield Near(
                found.queries,
                found.rows[~itself].reshape(shape),
                found.distance[~itself].reshape(shape),
                found.points[~itself].reshape(*shape, -1),
            )
