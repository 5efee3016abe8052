"""Tests of normality: single components, and several coordinates at once against simulated normal samples.

The multivariate statistics do not change under affine maps, so their distribution over normal samples depends on the
number of points, of coordinates, and on the trimming alone: it is simulated once for each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist
from scipy.stats import chi2, shapiro

Floats = npt.NDArray[np.float64]

SHAPIRO_POINTS = 5_000
"""Shapiro and Wilk's p-value is accurate up to so many points (Royston 1995)."""


class Statistics(NamedTuple):
    """Mardia's b1 and b2 (1970, Biometrika 57:519) and Henze and Zirkler's statistic (1990, Commun. Stat. 19:3595)."""

    skewness: float
    kurtosis: float
    henze_zirkler: float


KINDS = Statistics._fields
KURTOSIS = KINDS.index("kurtosis")


def whitened(x: Floats) -> Floats:
    """``x`` (n, k) with mean zero and maximum-likelihood covariance one, each column made of those up to it.

    Raises ``numpy.linalg.LinAlgError`` if the points lie in a hyperplane.
    """
    y = x - x.mean(axis=0)
    y = y / np.where(y.std(axis=0) > 0, y.std(axis=0), 1.0)
    factor = np.linalg.cholesky(y.T @ y / len(y))
    if np.diagonal(factor).min() < 1e-7:
        raise np.linalg.LinAlgError("the points lie in a hyperplane")
    return np.asarray(np.linalg.solve(factor, y.T).T)


def statistics(x: Floats) -> Statistics:
    """The three statistics of the points ``x`` (n, k), n > k. Raises as :func:`whitened` does."""
    y = whitened(x)
    own = np.einsum("ij,ij->i", y, y)
    return Statistics(skewness(y), float(np.mean(own**2)), henze_zirkler(y))


def skewness(y: Floats) -> float:
    """b1 = Σ_ij (y_i·y_j)³/n² of whitened ``y`` (n, k), by its equal: the sum of squares of all third moments."""
    count, tested = y.shape
    third = (y[:, :, None] * y[:, None, :]).reshape(count, tested**2).T @ y / count
    return float(np.sum(third**2))


def henze_zirkler(y: Floats) -> float:
    """n times the weighted squared distance of characteristic functions, of whitened ``y`` (n, k).

    The weight's β = ((2k+1)n/4)^(1/(k+4))/√2 is the paper's own.
    """
    count, tested = y.shape
    square = ((2 * tested + 1) * count / 4) ** (2 / (tested + 4)) / 2
    apart = pdist(y, "sqeuclidean")
    apart *= -square / 2
    np.exp(apart, out=apart)
    own = np.einsum("ij,ij->i", y, y)
    near = (1 + square) ** (-tested / 2) * np.exp(-square / (2 * (1 + square)) * own)
    pairs = (count + 2 * apart.sum()) / count
    return float(pairs - 2 * near.sum() + count * (1 + 2 * square) ** (-tested / 2))


def nested(x: Floats, dimensions: tuple[int, ...]) -> Floats:
    """The statistics (len(dimensions), 3) of the first k columns of ``x`` (n, max k), for each k of ``dimensions``."""
    return np.array([statistics(x[:, :tested]) for tested in dimensions])


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
    count: int,
    dimensions: tuple[int, ...],
    components: int,
    share: float | None,
    simulations: int,
    rng: np.random.Generator,
) -> Floats:
    """:func:`nested` of ``simulations`` normal samples: (simulations, len(dimensions), 3)."""
    samples = (normal_sample(count, max(dimensions), components, share, rng) for _ in range(simulations))
    return np.stack([nested(sample, dimensions) for sample in samples])


def p_values(found: Floats, null: Floats) -> Floats:
    """(1 + number as extreme)/(simulations + 1), of ``found`` (..., 3) within ``null`` (simulations, ..., 3).

    Large skewness and Henze–Zirkler are extreme; of kurtosis both sides, by twice the smaller tail.
    """
    above = (1 + np.sum(null >= found, axis=0)) / (len(null) + 1)
    below = (1 + np.sum(null <= found, axis=0)) / (len(null) + 1)
    p = above.copy()
    p[..., KURTOSIS] = np.minimum(1.0, 2 * np.minimum(above, below)[..., KURTOSIS])
    return np.asarray(p)


def joint_p(found: Floats, null: Floats, kinds: tuple[str, ...] = KINDS) -> float:
    """One p-value for the statistics ``kinds`` of ``found`` (m, 3) tested together: that of the most extreme of them.

    Westfall & Young 1993, max-T: what is found and the ``null`` (simulations, m, 3) are standardised together, on a
    logarithmic scale, and their largest deviations compared. Dependence between the tests is the simulations' own.
    """
    rows = np.log(np.maximum(np.concatenate([found[None], null]), np.finfo(float).tiny))
    deviation = rows - rows.mean(axis=0)
    spread = rows.std(axis=0)
    deviation /= np.where(spread > 0, spread, 1.0)
    deviation[..., KURTOSIS] = np.abs(deviation[..., KURTOSIS])
    largest = deviation[..., [KINDS.index(kind) for kind in kinds]].reshape(len(rows), -1).max(axis=1)
    return float(np.mean(largest >= largest[0]))


def shapiro_wilk(x: Floats) -> tuple[Floats, Floats]:
    """W and p (d,) of each column of ``x`` (n, d), 3 ≤ n ≤ ``SHAPIRO_POINTS``; NaN where all values are the same."""
    w, p = np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    for column in np.flatnonzero(np.ptp(x, axis=0) > 0):
        w[column], p[column] = shapiro((x[:, column] - x[:, column].mean()) / x[:, column].std())
    return w, p
