"""Log densities of latent points: what all of them have in common.

A density is one with respect to Lebesgue measure in the space of the components that vary, in nats; constant components
of a point are not looked at. Only such densities can be compared, so there is none where the training points do not
span that space.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]


def standard_normal(w: Float64) -> Float64:
    """log N(w; 0, I) of each of ``w`` (n, r), (n,)."""
    return np.asarray(-0.5 * (np.einsum("nr,nr->n", w, w) + w.shape[1] * np.log(2 * np.pi)))


def normal(z: Float64, mean: Float64, axes: Float64) -> Float64:
    """log N(z; mean, axes·axesᵀ) of each of ``z`` (n, d), (n,). axes: (d, r) with orthogonal columns of full rank."""
    length = np.linalg.norm(axes, axis=0)
    return np.asarray(standard_normal((z - mean) @ (axes / length**2)) - np.log(length).sum())
