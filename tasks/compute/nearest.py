"""Indices of exact nearest neighbours, set up to be fast for the few hundred queries that a draw makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import faiss

PRODUCT = 1_024
"""Numbers in a batch of queries from which distances are computed by a product of matrices."""


def flat_index(dimension: int) -> faiss.Index:
    """An empty index that compares every query with every point, (n, ``dimension``) float32.

    faiss 1.15 compares pair by pair until a batch of queries holds 128,000 numbers, which takes up to twelve times as
    long here. Its setting holds for the whole process.
    """
    import faiss  # takes long, and a configuration does without it

    faiss.cvar.distance_compute_blas_threshold = PRODUCT
    return faiss.IndexFlatL2(dimension)


def flat_index_of(points: npt.NDArray[np.float32]) -> faiss.Index:
    """``flat_index`` with ``points`` (n, d) float32 in it."""
    index = flat_index(points.shape[1])
    index.add(np.ascontiguousarray(points))
    return index
