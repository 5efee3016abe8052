"""The kernel distance between two sets of features (Bińkowski et al. 2018, arXiv 1801.01401, section 4 and eq. 4)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.assessment.distances import block_rows

Points = npt.NDArray[np.float64]


def kernel_sum(first: Points, second: Points) -> float:
    """Σ k(x, y) over all pairs of ``first`` (n, f) and ``second`` (m, f), k(x, y) = (x·y / f + 1)³; block by block."""
    total, rows = 0.0, block_rows(len(second))
    for start in range(0, len(first), rows):
        kernel = first[start : start + rows] @ second.T
        kernel /= first.shape[1]
        kernel += 1
        total += float(np.vdot(np.square(kernel), kernel))
    return total


def within(points: Points) -> float:
    """Mean of k(x, x') over all pairs of different ``points`` (n, f); needs two or more."""
    if len(points) < 2:
        raise ValueError(f"a kernel distance needs two or more points on either side, got {len(points)}")
    itself = float(np.sum((np.einsum("ij,ij->i", points, points) / points.shape[1] + 1) ** 3))
    return (kernel_sum(points, points) - itself) / (len(points) * (len(points) - 1))


class KernelDistance:
    """The unbiased squared maximum mean discrepancy from one fixed set, ``features`` (m, f).

    Unbiased: 0 on average for two draws of one distribution, whatever their sizes, and so at times negative.
    float64 throughout: the small difference of large sums is what counts.
    """

    def __init__(self, features: npt.NDArray[np.floating]) -> None:
        self._fixed = features.astype(np.float64)
        self._within = within(self._fixed)

    def __call__(self, features: npt.NDArray[np.floating]) -> float:
        """The distance of ``features`` (n, f)."""
        points = features.astype(np.float64)
        between = kernel_sum(points, self._fixed) / (len(points) * len(self._fixed))
        return self._within + within(points) - 2 * between
