"""The log density of normal distributions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def normal_log_density(z: Float64, mean: Float64, axes: Float64) -> Float64 | None:
    """log N(z; mean, A·Aᵀ) of each of ``z`` (n, d) in nats, (n,); ``axes``: A (d, r) with orthogonal columns.

    None where r < d: the distribution then has no density.
    """
    dimension, rank = axes.shape
    if rank < dimension:
        return None
    length = np.linalg.norm(axes, axis=0)
    w = (z - mean) @ (axes / length**2)
    constant = float(np.log(length).sum()) + 0.5 * dimension * float(np.log(2 * np.pi))
    return np.asarray(-0.5 * np.einsum("nd,nd->n", w, w) - constant)
