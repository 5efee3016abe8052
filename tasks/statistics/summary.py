"""What the arrays say, in numbers that fit on a page: the content of ``summary.json``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from tasks.statistics.covariance import Inverse
from tasks.statistics.distance import NormalDistance, normal_distance_of_new, normal_distance_of_sample
from tasks.statistics.distributions import NORMAL_HALF_WIDTH

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Facts = dict[str, Any]

LISTED_PAIRS = 50
LISTED_COMPONENTS = 20
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def spread(values: Floats) -> Facts | None:
    """Count, mean, std (ddof 1), extremes and quantiles of ``values`` (n,); None if there are none."""
    if len(values) == 0:
        return None
    return {
        "count": len(values),
        "mean": float(values.mean()),
        "std": float(values.std(ddof=1)) if len(values) > 1 else None,
        "mean_square": float(np.mean(values**2)),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "quantiles": {f"{q:g}": float(v) for q, v in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True)},
    }


def _normal(distance: NormalDistance) -> Facts:
    return dict(distance._asdict())


def mahalanobis_facts(distance: Floats, train: Flags, varying: int, inverse: Inverse) -> Facts:
    """d_M of training and held-out points beside a normal distribution's; undefined for it under shrinkage."""
    count = int(train.sum())
    exact = inverse.estimate == "sample"
    return {
        "train": spread(distance[train]),
        "heldout": spread(distance[~train]),
        "normal_train": _normal(normal_distance_of_sample(count, varying)) if exact else None,
        "normal_heldout": _normal(normal_distance_of_new(count, varying)) if exact else None,
    }


def origin_facts(mean: Floats, inverse: Inverse, distance: Floats) -> Facts:
    """How far out the origin lies; ``distance``: d_M of the training points."""
    own = float(np.sqrt(np.sum((mean @ inverse.factor) ** 2)))
    return {"mahalanobis": own, "share_of_training_farther": float(np.mean(distance > own))}


def offset_facts(centre: Floats) -> Facts:
    """Which components carry |centre|, by their share of |centre|²."""
    squares = centre**2
    total = float(squares.sum())
    order = np.argsort(-squares, kind="stable")
    share = squares[order] / total if total > 0 else np.zeros(len(order))
    reached = np.cumsum(share)
    listed = [
        {"component": int(j), "centre": float(centre[j]), "share": float(s), "cumulative": float(c)}
        for j, s, c in zip(order, share, reached, strict=True)
    ]
    return {
        "centre_norm": math.sqrt(total),
        "components": listed[:LISTED_COMPONENTS],
        "components_for": {f"{p}%": _needed(reached, p / 100) for p in (50, 90)} if total > 0 else {},
    }


def _needed(cumulative: Floats, share: float) -> int:
    """How many leading entries reach ``share`` of the whole."""
    return min(int(np.searchsorted(cumulative, share * (1 - 1e-12))), len(cumulative) - 1) + 1


def correlation_facts(correlation: Floats, varies: Flags) -> Facts:
    """Strongest pairs of components, and how many of all pairs exceed each threshold of |correlation|."""
    index = np.flatnonzero(varies)
    upper = np.triu_indices(len(index), k=1)
    values = correlation[np.ix_(index, index)][upper]
    magnitude = np.abs(values)
    order = np.argsort(-magnitude, kind="stable")[:LISTED_PAIRS]
    thresholds = [round(0.1 * k, 1) for k in range(1, 10)]
    over = {f"{t}": int(np.sum(magnitude > t)) for t in thresholds}
    return {
        "pairs": len(values),
        "largest": float(magnitude.max()) if len(values) else None,
        "root_mean_square": float(np.sqrt(np.mean(values**2))) if len(values) else None,
        "pairs_over": over,
        "share_over": {t: count / len(values) if len(values) else 0.0 for t, count in over.items()},
        "strongest": [
            {"components": [int(index[upper[0][k]]), int(index[upper[1][k]])], "correlation": float(values[k])}
            for k in order
        ],
    }


def axes_facts(eigenvalue: Floats) -> Facts:
    """How many principal axes hold 50, 90, 95 and 99 % of the variance, and the variance in all."""
    total = float(eigenvalue.sum())
    reached = np.cumsum(eigenvalue) / total if total > 0 else np.ones(len(eigenvalue))
    return {
        "total_variance": total,
        "components_for": {f"{p}%": _needed(reached, p / 100) for p in (50, 90, 95, 99)},
    }


def covariance_facts(inverse: Inverse) -> Facts:
    """Which covariance is inverted, and why."""
    return {
        "estimate": inverse.estimate,
        "shrinkage": inverse.shrinkage,
        "reason": inverse.reason,
        "condition_of_correlation": inverse.condition,
    }


def inflation_facts(inflation: Floats, independent: float) -> Facts:
    """Variance inflation's sum and largest, beside what independent data of the same size would give."""
    varies = np.isfinite(inflation)
    order = np.argsort(-np.where(varies, inflation, -np.inf), kind="stable")[: min(LISTED_COMPONENTS, varies.sum())]
    return {
        "variance_inflation_sum": float(inflation[varies].sum()),
        "variance_inflation_independent": independent,
        "variance_inflation_independent_sum": independent * int(varies.sum()),
        "variance_inflation_largest": [{"component": int(j), "value": float(inflation[j])} for j in order],
    }


def half_width_facts(ratio: Floats, fit_distance: Floats) -> Facts:
    """half_width/σ over the components, beside a normal distribution's, and how well normal fits do."""
    varies = np.isfinite(ratio)
    return {
        "normal": NORMAL_HALF_WIDTH,
        "components": spread(ratio[varies]),
        "gaussian_fit_distance": spread(fit_distance[varies]),
    }


def three_sigma_facts(inside: npt.NDArray[np.int64], train: Flags, varying: int) -> Facts:
    """The series' own cut, once: points within 3 sigma in every component; ``inside``: held-out, training."""
    heldout = int(np.sum(~train))
    return {
        "train": float(inside[1] / np.sum(train)),
        "heldout": float(inside[0] / heldout) if heldout else None,
        "independent_normal": float(erf(3 / math.sqrt(2)) ** varying),
    }


def plain_numbers(value: Any) -> Any:
    """``value`` with numbers that JSON does not know (NaN, infinity) as None."""
    if isinstance(value, dict):
        return {key: plain_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain_numbers(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
