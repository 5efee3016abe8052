"""Correlation, principal axes, shrinkage, and the inverse of a covariance matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular

from tasks.statistics.moments import Moments, moments_of

Floats = npt.NDArray[np.float64]

POINTS_PER_COMPONENT = 5
"""With no more points than this per component a covariance matrix is not inverted without shrinkage."""

MAX_CONDITION = 1e10
"""A correlation matrix of a larger condition number counts as singular: latents are stored as float32."""

MIN_SHRINKAGE = 1e-6
"""The least shrinkage that still makes any covariance matrix invertible (duplicated points ask for none)."""


def correlation(covariance: Floats, varies: npt.NDArray[np.bool_]) -> Floats:
    """R_ij = C_ij / sqrt(C_ii C_jj), (d, d); NaN in the rows and columns of components that do not vary."""
    scale = np.where(varies, np.sqrt(np.diagonal(covariance)), np.nan)
    result = covariance / np.outer(scale, scale)
    np.fill_diagonal(result, np.where(varies, 1.0, np.nan))
    return np.asarray(np.clip(result, -1.0, 1.0))


def principal_axes(covariance: Floats) -> tuple[Floats, Floats]:
    """C = V Λ Vᵀ: eigenvalues (d,) descending and not negative, V (d, d) with an axis per column.

    The largest entry of each axis is positive.
    """
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))]
    return values, np.ascontiguousarray(vectors * np.where(largest < 0, -1.0, 1.0))


def ledoit_wolf(scatter: Floats, quartic: float, count: int) -> float:
    """Shrinkage in [0, 1] toward a multiple of the identity (Ledoit & Wolf 2004, lemma 3.1 ff.).

    scatter: (d, d) Σ y yᵀ; quartic: Σ |y|⁴; count: points. From moments alone, so that no data are needed again.
    """
    sample = scatter / count
    components = len(sample)
    squared = np.sum(sample * sample)
    scale = np.trace(sample) / components
    distance = squared - components * scale**2
    noise = min((quartic / count - squared) / count, distance)
    return float(noise / distance) if noise > 0 else 0.0


@dataclass(frozen=True)
class Inverse:
    """The inverse that distances are measured with.

    covariance: (d, d) what was inverted; precision: (d, d) its inverse, zero in rows and columns of constant
    components; factor: (d, varying) with precision = factor · factorᵀ, so that d_M = |(z − m) factor|.
    estimate: "sample" or "ledoit_wolf"; shrinkage: 0 for "sample"; condition: of the sample correlation matrix
    (infinite if singular); reason: why it was shrunk, or empty.
    """

    covariance: Floats
    precision: Floats
    factor: Floats
    estimate: str
    shrinkage: float
    condition: float
    reason: str


def whitening_factor(covariance: Floats) -> Floats:
    """W (d, d) with C⁻¹ = W Wᵀ, from the Cholesky factor of the correlation matrix, which no unit can upset.

    Raises ``numpy.linalg.LinAlgError`` if ``covariance`` is not positive definite.
    """
    scale = np.sqrt(np.diagonal(covariance))
    if not np.all(scale > 0):
        raise np.linalg.LinAlgError("a component has no variance")
    lower = np.linalg.cholesky(covariance / np.outer(scale, scale))
    return np.asarray(solve_triangular(lower, np.eye(len(lower)), lower=True).T / scale[:, None])


def _condition(covariance: Floats, varies: npt.NDArray[np.bool_]) -> float:
    values = np.linalg.eigvalsh(correlation(covariance, varies)[np.ix_(varies, varies)])
    return float(values[-1] / values[0]) if values[0] > 0 else np.inf


def invert(moments: Moments) -> Inverse:
    """Inverse of the covariance of ``moments``, shrunk where there are too few points or it is ill-conditioned.

    Shrunk means (1 − s) C + s (tr C / d) I over the components that vary, s by ``ledoit_wolf``.
    """
    covariance, varies, count = moments.covariance(), moments.varies, int(moments.count)
    block = np.ix_(varies, varies)
    used, components = covariance[block], int(varies.sum())
    condition = _condition(covariance, varies) if components else 1.0
    reason, shrinkage = "", 0.0
    if count <= POINTS_PER_COMPONENT * components:
        reason = f"{count} training points are not more than {POINTS_PER_COMPONENT} for each of {components} components"
    elif condition > MAX_CONDITION:
        reason = f"the condition number of the correlation matrix is above {MAX_CONDITION:g}"
    if reason:
        shrinkage = max(ledoit_wolf(moments.scatter[block], float(moments.quartic), count), MIN_SHRINKAGE)
        used = (1 - shrinkage) * used + shrinkage * np.trace(used) / components * np.eye(components)
    factor = np.zeros((len(covariance), components))
    factor[varies] = whitening_factor(used)
    inverted = np.zeros_like(covariance)
    inverted[block] = used
    return Inverse(
        covariance=inverted,
        precision=factor @ factor.T,
        factor=factor,
        estimate="ledoit_wolf" if reason else "sample",
        shrinkage=shrinkage,
        condition=condition,
        reason=reason,
    )


def variance_inflation(covariance: Floats, precision: Floats, varies: npt.NDArray[np.bool_]) -> Floats:
    """C_jj · (C⁻¹)_jj (d,), NaN for constant components.

    The sum is the expected d_M² of a point whose components keep their variances but lose their correlations.
    """
    return np.where(varies, np.diagonal(covariance) * np.diagonal(precision), np.nan)


def independent_inflation(variance: Floats, count: int, rng: np.random.Generator) -> float:
    """Mean variance inflation per component expected of ``count`` independent normal points with ``variance`` (d,).

    1/(1 − R²) with R² ~ Beta((d−1)/2, (n−d)/2) has the mean (n−3)/(n−d−2). Where so few points would be shrunk,
    the same estimator is put to one simulated sample instead.
    """
    components = len(variance)
    if count > POINTS_PER_COMPONENT * components:
        return (count - 3) / (count - components - 2)
    moments = moments_of(rng.standard_normal((count, components)) * np.sqrt(variance))
    inverse = invert(moments)
    return float(np.mean(variance_inflation(moments.covariance(), inverse.precision, moments.varies)))
