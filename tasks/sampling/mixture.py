"""A mixture of normal distributions with full covariances, fitted to points in whitened coordinates."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

SHRINKAGES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0)
HELD_OUT = 10
"""Every so many-th point is held out where the shrinkage is chosen."""

CHOSEN_AT = (0, 2, 5)
"""The steps of EM at which the shrinkage is chosen: from the clusters, and again from what they have become."""

SETTLED = 1e-4
"""EM ends once a step gains less than this, in nats a point and dimension."""

FLOOR = 1e-5
"""Variance added along every whitened axis of the mean covariance, so that it can be inverted whatever the points."""

NEGLIGIBLE = 1e-4
"""Responsibilities below this are left out of the moments: in many dimensions nearly all are 0 or 1."""


class Mixture(NamedTuple):
    """``weight`` (c,), ``mean`` (c, r), ``covariance`` (c, r, r), and the share of the mean covariance in each."""

    weight: Float64
    mean: Float64
    covariance: Float64
    shrinkage: float


def fit_mixture(
    w: npt.NDArray[np.floating[Any]], start: npt.NDArray[np.integer[Any]], iterations: int, shrinkage: float | None
) -> Mixture:
    """The mixture of the whitened points ``w`` (n, r) by EM from the clusters ``start`` (n,), of which none is empty.

    Each component's covariance is drawn toward the mean of all components' by ``shrinkage`` (Friedman 1989, Regularized
    discriminant analysis, J. Am. Stat. Assoc. 84, 165–175): that leaves the mixture with the points' own mean and
    covariance, and few points per component do no harm. None chooses the one of ``SHRINKAGES`` under which held-out
    points are likeliest. Matrix products are in float32, factorizations in float64.
    """
    w = w.astype(np.float32)
    responsibility = np.eye(int(start.max()) + 1, dtype=np.float32)[start]
    given, before = shrinkage, -np.inf
    for step in range(iterations):
        if given is None and step in CHOSEN_AT:
            shrinkage = likeliest_shrinkage(w, responsibility)
        assert shrinkage is not None
        mixture = _shrunk(_moments(w, responsibility), shrinkage)
        density = log_density(w, mixture)
        total = np.logaddexp.reduce(density, axis=1)
        reached = float(total.mean(dtype=np.float64))
        if step > max(CHOSEN_AT) and reached - before < SETTLED * w.shape[1]:
            break
        before = reached
        responsibility = np.exp(density - total[:, None])
    return mixture


def all_occupied(labels: npt.NDArray[np.integer[Any]], z: Float64, centre: Float64) -> npt.NDArray[np.int64]:
    """The clusters ``labels`` (n,) of ``z`` (n, d), every one of the c about ``centre`` (c, d) with a point; c ≤ n.

    k-means can leave clusters empty where many points are the same. Each gets the point that lies farthest from its own
    centre, among those that are not alone.
    """
    occupied = labels.astype(np.int64)
    distance = np.linalg.norm(z - centre[occupied], axis=1)
    for empty in np.setdiff1d(np.arange(len(centre)), occupied):
        together = np.bincount(occupied, minlength=len(centre))[occupied] > 1
        farthest = int(np.argmax(np.where(together, distance, -1.0)))
        occupied[farthest], distance[farthest] = empty, 0.0
    return occupied


def likeliest_shrinkage(w: Float32, responsibility: Float32) -> float:
    """The one of ``SHRINKAGES`` that makes every ``HELD_OUT``-th point likeliest under the moments of the others."""
    if responsibility.shape[1] == 1:
        return SHRINKAGES[-1]  # All the same.
    held_out = np.arange(len(w)) % HELD_OUT == HELD_OUT - 1
    mixture = _moments(w[~held_out], responsibility[~held_out])

    def likelihood(shrinkage: float) -> float:
        density = log_density(w[held_out], _shrunk(mixture, shrinkage))
        return float(np.logaddexp.reduce(density, axis=1).mean(dtype=np.float64))

    return max(SHRINKAGES, key=likelihood)


def log_density(w: Float32, mixture: Mixture) -> Float32:
    """log of weight × normal density of every point under every component, (n, c)."""
    density = np.empty((len(w), len(mixture.weight)), np.float32)
    for c, (weight, mean, covariance) in enumerate(zip(*mixture[:3], strict=True)):
        factor = np.linalg.cholesky(covariance)
        inverse = np.linalg.inv(factor)
        offset = w @ inverse.T.astype(np.float32)
        offset -= (inverse @ mean).astype(np.float32)
        constant = np.log(weight) - np.log(np.diag(factor)).sum() - 0.5 * w.shape[1] * np.log(2 * np.pi)
        density[:, c] = constant - 0.5 * np.einsum("nr,nr->n", offset, offset)
    return density


def _moments(w: Float32, responsibility: Float32) -> Mixture:
    """Weights, means and covariances of the points by their ``responsibility`` (n, c)."""
    components, dimensions = responsibility.shape[1], w.shape[1]
    count = np.maximum(responsibility.sum(axis=0, dtype=np.float64), np.finfo(np.float32).eps)
    mean = np.empty((components, dimensions))
    covariance = np.empty((components, dimensions, dimensions))
    for c in range(components):
        rows = np.flatnonzero(responsibility[:, c] > NEGLIGIBLE)
        share = responsibility[rows, c]
        mean[c] = share @ w[rows] / count[c]
        offset = (w[rows] - mean[c].astype(np.float32)) * np.sqrt(share)[:, None]
        covariance[c] = offset.T @ offset / count[c]
    return Mixture(count / count.sum(), mean, covariance, 0.0)


def _shrunk(mixture: Mixture, shrinkage: float) -> Mixture:
    """The mixture with every covariance ``shrinkage`` of the way to their weighted mean."""
    within = np.einsum("c,cij->ij", mixture.weight, mixture.covariance)
    within[np.diag_indices_from(within)] += FLOOR
    covariance = (1 - shrinkage) * mixture.covariance + shrinkage * within
    return mixture._replace(covariance=np.stack([_positive(own) for own in covariance]), shrinkage=shrinkage)


def _positive(covariance: Float64) -> Float64:
    """``covariance`` (r, r), with eigenvalues below ``FLOOR`` of the largest lifted to it where rounding needs that.

    A component of fewer points than axes has a singular covariance, which products in float32 leave just indefinite.
    """
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        value, vector = np.linalg.eigh(covariance)
        return np.asarray((vector * np.maximum(value, FLOOR * value[-1])) @ vector.T)
    return covariance
