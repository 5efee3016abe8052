"""Attributes in the latent space: how each shifts the mean, and how well a linear probe reads it from unseen points."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array, read_rows
from tasks.statistics.attributes import auc_by_chance, discriminant, mean_shift, point_biserial, read_out, unit
from tasks.statistics.facet import Cloud, Facet

Floats = npt.NDArray[np.float64]

FEWEST = 10
"""Held-out points of either class below which a probe is not judged."""

CHANCE = 0.001
"""Probability with which chance passes the limits that are given, all attributes together."""

STRONGEST = 3
LISTED = 50
MATRIX = ("attribute", "component")


def measure(cloud: Cloud) -> Facet | None:
    """Shifts and correlations over all training points, AUC of the linear probe over held-out points in memory."""
    sums, train = cloud.analysis.attributes, cloud.analysis.train
    if sums is None or not sums.count.shape[1]:
        return None
    shift = np.where(train.varies, mean_shift(sums.count, sums.total), 0.0)
    shift[~sums.count.astype(bool).all(axis=0)] = np.nan
    variance = np.diagonal(cloud.analysis.covariance) * (train.count - 1) / train.count
    correlation = point_biserial(shift, sums.count, np.where(train.varies, variance, 0.0))
    direction, length = discriminant(shift, cloud.analysis.inverse.precision)
    middle = _middle(sums.count, sums.total)
    labels = _heldout_labels(cloud)
    auc, balanced, probes = _probes(cloud, direction, middle, labels)
    names = _names(cloud, len(shift))
    entries = []
    for index, name in enumerate(names):
        entry = {"name": name, "with": int(sums.count[0, index]), "without": int(sums.count[1, index])}
        entry |= {"mahalanobis": float(length[index]), "components": _strongest(correlation[index])}
        entries.append(entry | probes[index])
    arrays = {
        "attribute_shift": (shift, MATRIX),
        "attribute_direction": (unit(shift), MATRIX),
        "attribute_correlation": (correlation, MATRIX),
        "attribute_auc": (auc, ("attribute",)),
        "attribute_balanced_accuracy": (balanced, ("attribute",)),
    }
    facts = {
        "attributes": entries,
        "training_points": int(train.count),
        "heldout_points": len(labels),
        "fewest": FEWEST,
        "chance": CHANCE,
        "read": int(np.isfinite(auc).sum()),
        "strongest": _pairs(correlation, names),
    }
    return Facet(arrays, facts)


def _middle(count: npt.NDArray[np.int64], total: Floats) -> Floats:
    """(μ+ + μ−)/2 (a, d) about the mean of the training points; NaN where one side is empty."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((total / count[:, :, None]).mean(axis=0))


def _heldout_labels(cloud: Cloud) -> npt.NDArray[np.int8]:
    """(m, a) int8 of the held-out points in memory: 1 with, −1 without, 0 unknown."""
    array: Any = open_complete(cloud.images)["attribute"]
    return np.asarray(read_rows(array, cloud.heldout.rows), np.int8)


def _names(cloud: Cloud, count: int) -> list[str]:
    group = open_complete(cloud.images)
    if "attribute_name" in group:
        return [str(name) for name in read_array(group, "attribute_name")]
    return [f"attribute {number}" for number in range(count)]


def _probes(
    cloud: Cloud, direction: Floats, middle: Floats, labels: npt.NDArray[np.int8]
) -> tuple[Floats, Floats, list[dict[str, Any]]]:
    """AUC and balanced accuracy (a,), NaN where undefined, and the facts of each probe."""
    auc, balanced = np.full(len(direction), np.nan), np.full(len(direction), np.nan)
    facts: list[dict[str, Any]] = []
    varies, y = cloud.analysis.train.varies, cloud.centred(cloud.heldout.z)
    scores = y @ direction[:, varies].T - np.einsum("ij,ij->i", middle[:, varies], direction[:, varies])
    for index, label in enumerate(labels.T):
        known, has = label != 0, label == 1
        sizes = int(has.sum()), int((known & ~has).sum())
        by_chance = None
        if min(sizes) >= FEWEST and np.isfinite(direction[index]).all() and direction[index].any():
            auc[index], balanced[index] = read_out(scores[known, index], has[known])
            by_chance = auc_by_chance(*sizes, len(direction), CHANCE)
        facts.append(
            {
                "heldout_with": sizes[0],
                "heldout_without": sizes[1],
                "auc": float(auc[index]),
                "balanced_accuracy": float(balanced[index]),
                "auc_by_chance": by_chance,
            }
        )
    return auc, balanced, facts


def _strongest(correlation: Floats) -> list[dict[str, Any]]:
    """The components (d,) that correlate most with one attribute."""
    order = np.argsort(-np.abs(np.nan_to_num(correlation)), kind="stable")[:STRONGEST]
    return [{"component": int(k), "correlation": float(correlation[k])} for k in order if np.isfinite(correlation[k])]


def _pairs(correlation: Floats, names: list[str]) -> list[dict[str, Any]]:
    """The strongest of all correlations."""
    order = np.argsort(-np.abs(np.nan_to_num(correlation)), axis=None, kind="stable")[:LISTED]
    places = zip(*np.unravel_index(order, correlation.shape), strict=True)
    return [
        {"attribute": names[a], "component": int(j), "correlation": float(correlation[a, j])}
        for a, j in places
        if np.isfinite(correlation[a, j])
    ]
