"""The Fréchet distance between two normal distributions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storage.rows import StoredRows


@dataclass(frozen=True)
class Normal:
    """A normal distribution. mean: (f,) float64; root: (r, f) float64 with rootᵀ root = covariance, r ≤ f."""

    mean: npt.NDArray[np.float64]
    root: npt.NDArray[np.float64]


def fit(values: npt.NDArray[np.floating] | StoredRows) -> Normal:
    """The mean and the covariance (ddof 1) of ``values`` (n, f), in two passes; n may be smaller than f.

    The covariance is kept as the triangular factor of the centred values, so that nothing is lost by squaring
    them; that of several blocks is the factor of each below that of those before (Golub & Van Loan 2013, 5.2).
    Raises ``ValueError`` for n < 2.
    """
    if len(values.shape) != 2 or len(values) < 2:
        raise ValueError(f"a covariance needs two or more rows of values, got an array of shape {values.shape}")
    total, root = np.zeros(values.shape[1]), np.empty((0, values.shape[1]))
    for block in _blocks(values):
        total += block.sum(axis=0)
    mean = total / len(values)
    for block in _blocks(values):
        above = np.concatenate([root, (block - mean) / np.sqrt(len(values) - 1)])
        root = np.asarray(np.linalg.qr(above, mode="r"))
    return Normal(mean, root)


def _blocks(values: npt.NDArray[np.floating] | StoredRows) -> Iterator[npt.NDArray[np.float64]]:
    if isinstance(values, StoredRows):
        return (part.astype(np.float64) for _, part in values.parts())
    return iter([values.astype(np.float64)])


def squared_frechet_distance(first: Normal, second: Normal) -> float:
    """|m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½) (Dowson & Landau 1982, eq. 4).

    For any roots RᵀR = C the trace of (C₁C₂)^½ is the sum of the singular values of R₁R₂ᵀ: no root of a
    near-singular matrix is taken, and identical sets give 0 to rounding.
    """
    if first.mean.shape != second.mean.shape:
        raise ValueError(f"{len(first.mean)} and {len(second.mean)} features cannot be compared")
    overlap = np.linalg.svd(first.root @ second.root.T, compute_uv=False).sum()
    spread = np.square(first.root).sum() + np.square(second.root).sum() - 2 * overlap
    return max(0.0, float(np.square(first.mean - second.mean).sum() + spread))


FEWEST_DEBIASED = 500
"""Rows from which on the bias is small enough to be extrapolated."""


def debiased(draws: Sequence[npt.NDArray[np.floating]], reference: Normal) -> npt.NDArray[np.float64]:
    """The squared Fréchet distance of r independent draws (n, f) each from ``reference`` without the bias of finite n.

    The bias falls as 1/n (Chong & Forsyth 2020, arXiv 1911.07023), which the jackknife extrapolates to infinite n
    (Quenouille 1956, Biometrika 43, 353–360): from all draws together and from all but one. Returned are its
    pseudo-values (r,), of which the mean is the estimate, may be below 0, and has the standard error of a mean of r
    independent values (Tukey 1958). NaN for fewer than ``FEWEST_DEBIASED`` rows in all.
    """
    count = len(draws)
    whole = np.concatenate(draws)
    if len(whole) < FEWEST_DEBIASED:
        return np.full(count, np.nan)
    distance = squared_frechet_distance(fit(whole), reference)
    others = [np.concatenate([*draws[:place], *draws[place + 1 :]]) for place in range(count)]
    left_out = np.array([squared_frechet_distance(fit(rest), reference) for rest in others])
    return count * distance - (count - 1) * left_out


ALIKE = 0.02
"""Two sets are alike if their distance is below this share of the total variance."""


MOST_ALIKE = 50_000
"""Values at most by which sets are found alike: the bias of so many is far below ``ALIKE``."""


def alike(values: StoredRows, others: StoredRows) -> bool:
    """Whether ``values`` (n, f) come from the distribution of ``others`` (m, f), as far as two moments tell.

    The bias of finite n is taken off as what random subsets of ``others`` of the same n have.
    """
    reference = fit(others)
    rng = np.random.default_rng(0)
    count = min(len(values), len(others), MOST_ALIKE)
    subset = fit(others.take(rng.choice(len(others), count, replace=False)))
    first = fit(values.take(np.arange(count)))
    excess = squared_frechet_distance(first, reference) - squared_frechet_distance(subset, reference)
    return excess <= ALIKE * float(np.square(reference.root).sum())
