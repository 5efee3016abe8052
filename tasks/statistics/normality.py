"""Multivariate tests of normality against simulated nulls of the same size, dimension and trimming."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, shapiro

Floats = npt.NDArray[np.float64]

SHAPIRO_POINTS = 5_000
"""Shapiro and Wilk's p-value is accurate up to so many points (Royston 1995)."""


class Statistics(NamedTuple):
    """Mardia's skewness and kurtosis (1970, Biometrika 57) and Henze and Zirkler's statistic (1990)."""

    skewness: float
    kurtosis: float
    henze_zirkler: float


def statistics(x: Floats) -> Statistics:
    """The three affine-invariant statistics of the points ``x`` (n, k), n > k.

    Raises ``numpy.linalg.LinAlgError`` if they lie in a hyperplane.
    """
    count, components = x.shape
    y = x - x.mean(axis=0)
    y = np.linalg.solve(np.linalg.cholesky(y.T @ y / count), y.T).T
    inner = y @ y.T
    own = np.diagonal(inner).copy()
    beta = ((2 * components + 1) * count / 4) ** (1 / (components + 4)) / np.sqrt(2)
    skewness = float(np.einsum("ij,ij,ij->", inner, inner, inner)) / count**2
    # The Gram matrix becomes the kernel exp(−β²/2 |y_i − y_j|²) in place.
    inner -= own / 2
    inner -= own[:, None] / 2
    inner *= beta**2
    np.exp(inner, out=inner)
    near = (1 + beta**2) ** (-components / 2) * np.exp(-(beta**2) / (2 * (1 + beta**2)) * own)
    henze_zirkler = inner.sum() / count - 2 * near.sum() + count * (1 + 2 * beta**2) ** (-components / 2)
    return Statistics(skewness, float(np.mean(own**2)), float(henze_zirkler))


def normal_sample(count: int, tested: int, components: int, share: float | None, rng: np.random.Generator) -> Floats:
    """``tested`` coordinates (count, tested) of a normal distribution in ``components`` dimensions.

    share: of it only this innermost share is kept, by Mahalanobis distance, as trimming to a core does; the other
    coordinates enter by their sum of squares, which is chi-square. None keeps all.
    """
    if share is None:
        return rng.standard_normal((count, tested))
    limit = chi2.ppf(share, components)
    kept: list[Floats] = []
    while sum(map(len, kept)) < count:
        u = rng.standard_normal((count, tested))
        rest = rng.chisquare(components - tested, count) if components > tested else np.zeros(count)
        kept.append(u[np.einsum("ij,ij->i", u, u) + rest < limit])
    return np.concatenate(kept)[:count]


def simulated_null(
    count: int, tested: int, components: int, share: float | None, simulations: int, rng: np.random.Generator
) -> Floats:
    """The statistics of ``simulations`` normal samples: (simulations, 3)."""
    return np.array([statistics(normal_sample(count, tested, components, share, rng)) for _ in range(simulations)])


def p_values(found: Statistics, null: Floats) -> Statistics:
    """(1 + as extreme)/(simulations + 1): large skewness, either side of kurtosis, large Henze–Zirkler."""
    above = (1 + np.sum(null >= np.array(found), axis=0)) / (len(null) + 1)
    below = (1 + np.sum(null <= np.array(found), axis=0)) / (len(null) + 1)
    either = min(1.0, 2 * min(above[1], below[1]))
    return Statistics(float(above[0]), float(either), float(above[2]))


def shapiro_wilk(x: Floats) -> tuple[Floats, Floats]:
    """W and p (d,) of each column of ``x`` (n, d), 3 ≤ n ≤ ``SHAPIRO_POINTS``."""
    results = [shapiro(column) for column in x.T]
    return np.array([one.statistic for one in results]), np.array([one.pvalue for one in results])
