"""What attributes have to do with the latent components: shifts of the mean, correlations, a linear probe."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Reading(NamedTuple):
    """How well a score tells two classes apart.

    auc: probability that a point of the first scores higher than one of the second, ties halved;
    balanced_accuracy: mean of the shares found right on either side of zero, points at zero halved.
    """

    auc: float
    balanced_accuracy: float


def mean_shift(count: npt.NDArray[np.int64], total: Floats) -> Floats:
    """μ+ − μ− (a, d) from counts (2, a) and sums (2, a, d); NaN where one side is empty."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = total / count[:, :, None]
        return np.asarray(means[0] - means[1])


def point_biserial(shift: Floats, count: npt.NDArray[np.int64], variance: Floats) -> Floats:
    """Correlation (a, d) of each component with each attribute: (μ+ − μ−)·sqrt(n+ n−)/(n σ), n = n+ + n−.

    shift: (a, d); count: (2, a); variance: (d,) with ddof 0 of the same points, so that it is exact where every
    point's attribute is known. NaN for components without variance and attributes that do not vary.
    """
    known = count.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.sqrt(count[0].astype(np.float64) * count[1]) / known
        correlation = shift * share[:, None] / np.sqrt(np.where(variance > 0, variance, np.nan))
    return np.asarray(np.clip(correlation, -1.0, 1.0))


def discriminant(shift: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """Directions w = C⁻¹(μ+ − μ−) (a, d) and lengths sqrt((μ+ − μ−)ᵀ C⁻¹ (μ+ − μ−)) (a,).

    With C of all points, w is parallel to Fisher's (1936) direction from the covariance within the classes, since
    C = W + p(1 − p) (μ+ − μ−)(μ+ − μ−)ᵀ for a share p with the attribute.
    """
    direction = shift @ precision
    return direction, np.sqrt(np.maximum(np.einsum("ij,ij->i", direction, shift), 0.0))


def read_out(score: Floats, has: Flags) -> Reading:
    """AUC by rank sums (Hanley & McNeil 1982) and balanced accuracy at zero; score, has: (n,), both classes present."""
    positive, negative = int(has.sum()), int((~has).sum())
    ranks = scipy.stats.rankdata(score)[has].sum()
    auc = (ranks - positive * (positive + 1) / 2) / (positive * negative)
    right = np.where(has, score > 0, score < 0) + 0.5 * (score == 0)
    return Reading(float(auc), float((right[has].mean() + right[~has].mean()) / 2))


def auc_by_chance(positive: int, negative: int, tests: int, chance: float) -> float:
    """The AUC that the best of ``tests`` scores without a meaning passes with probability ``chance`` at most.

    Normal approximation of the rank sum (Mann & Whitney 1947), variance (n+ + n− + 1)/(12 n+ n−); Bonferroni.
    """
    deviation = np.sqrt((positive + negative + 1) / (12 * positive * negative))
    return float(min(1.0, 0.5 + scipy.stats.norm.isf(chance / tests) * deviation))


def unit(direction: Floats) -> Floats:
    """Rows (a, d) of length one; NaN where there is no direction."""
    length = np.linalg.norm(direction, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(direction / np.where(length > 0, length, np.nan))
