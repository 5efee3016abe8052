"""What the passes found, as the arrays of ``statistics.zarr`` and the content of ``summary.json``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import read_array, write_array
from tasks.statistics import summary
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core_fit import CoreFit
from tasks.statistics.covariance import (
    Inverse,
    correlation,
    independent_inflation,
    principal_axes,
    variance_inflation,
)
from tasks.statistics.distributions import centre_and_half_width, gaussian_fit_distance
from tasks.statistics.moments import Moments

Floats = npt.NDArray[np.float64]

MATRIX = ("component", "other_component")
"""Dimensions of covariances and their like; each has its own name, so that one can select along it."""


@dataclass(frozen=True)
class AttributeSums:
    """count: (2, a) training points with and without each attribute; total: (2, a, d) sums of their z − mean."""

    count: npt.NDArray[np.int64]
    total: Floats


@dataclass(frozen=True)
class Analysis:
    """Merged results of both passes over n images with d components.

    train, heldout: moments; core_moments: of the training points in the core, None where it is undefined;
    edges: (d, bins + 1); histogram: (d, bins); inside: (2,) held-out and training points within 3 sigma; powers:
    (2, 4, d) sums of the first four powers of z − mean, held-out and training; attributes: None without any;
    rows: (n,) bool, which images are training images.
    """

    config: AnalyseConfig
    train: Moments
    heldout: Moments
    inverse: Inverse
    core: CoreFit
    core_moments: Moments | None
    edges: Floats
    histogram: npt.NDArray[np.int64]
    inside: npt.NDArray[np.int64]
    powers: Floats
    attributes: AttributeSums | None
    rows: npt.NDArray[np.bool_]

    @cached_property
    def covariance(self) -> Floats:
        """(d, d) of the training points."""
        return self.train.covariance()

    @cached_property
    def correlation(self) -> Floats:
        """(d, d), NaN for constant components."""
        return correlation(self.covariance, self.train.varies)

    @cached_property
    def std(self) -> Floats:
        """(d,) with ddof 1."""
        return np.sqrt(np.diagonal(self.covariance))

    @cached_property
    def axes(self) -> tuple[Floats, Floats]:
        """Eigenvalues (d,) and axes (d, d)."""
        return principal_axes(self.covariance)

    @cached_property
    def centre_and_half_width(self) -> tuple[Floats, Floats]:
        """(d,) each."""
        return centre_and_half_width(self.histogram, self.edges, self.std)

    @cached_property
    def half_width_ratio(self) -> Floats:
        """half_width/σ (d,), NaN for constant components."""
        return self.centre_and_half_width[1] / np.where(self.train.varies, self.std, np.nan)

    @cached_property
    def fit_distance(self) -> Floats:
        """(d,) distance of each marginal distribution from its normal fit, NaN for constant components."""
        distance = gaussian_fit_distance(self.histogram, self.edges, self.train.mean, self.std)
        return np.where(self.train.varies, distance, np.nan)

    @cached_property
    def inflation(self) -> Floats:
        """Variance inflation (d,), NaN for constant components."""
        return variance_inflation(self.covariance, self.inverse.precision, self.train.varies)


def statistics_arrays(analysis: Analysis) -> dict[str, tuple[npt.NDArray[Any], tuple[str, ...]]]:
    """Each array but those of the images, with the names of its dimensions; absent facts are absent."""
    train, component = analysis.train, ("component",)
    centre, half_width = analysis.centre_and_half_width
    eigenvalue, eigenvector = analysis.axes
    arrays: dict[str, tuple[npt.NDArray[Any], tuple[str, ...]]] = {
        "mean": (train.mean, component),
        "std": (analysis.std, component),
        "minimum": (train.minimum, component),
        "maximum": (train.maximum, component),
        "centre": (centre, component),
        "half_width": (half_width, component),
        "half_width_ratio": (analysis.half_width_ratio, component),
        "gaussian_fit_distance": (analysis.fit_distance, component),
        "variance_inflation": (analysis.inflation, component),
        "histogram": (analysis.histogram, ("component", "bin")),
        "bin_edge": (analysis.edges, ("component", "edge")),
        "covariance": (analysis.covariance, MATRIX),
        "correlation": (analysis.correlation, MATRIX),
        "precision": (analysis.inverse.precision, MATRIX),
        "eigenvalue": (eigenvalue, ("axis",)),
        "eigenvector": (eigenvector, ("component", "axis")),
    }
    if analysis.heldout.count >= 1:
        arrays["heldout_mean"] = (analysis.heldout.mean, component)
    if analysis.heldout.count >= 2:
        arrays["heldout_std"] = (np.sqrt(np.diagonal(analysis.heldout.covariance())), component)
    core = analysis.core_moments
    if core is not None:
        covariance = core.covariance()
        arrays["core_mean"] = (core.mean, component)
        arrays["core_covariance"] = (covariance, MATRIX)
        arrays["core_correlation"] = (correlation(covariance, core.varies), MATRIX)
    return arrays


def write_statistics(analysis: Analysis, group: zarr.Group) -> None:
    """Write all arrays but those of the images, which the second pass wrote, and how the inverse was estimated."""
    for name, (values, dimensions) in statistics_arrays(analysis).items():
        write_array(group, name, values, dimensions)
    group.attrs.update({"covariance_estimate": analysis.inverse.estimate, "shrinkage": analysis.inverse.shrinkage})


def _core_facts(analysis: Analysis, group: zarr.Group) -> dict[str, Any]:
    fit, config = analysis.core, analysis.config
    facts: dict[str, Any] = {"defined": fit.location is not None, "reason": fit.reason, "train": None, "heldout": None}
    facts |= {"expected": config.core_probability, "normal_sample": fit.share_of_normal}
    facts |= {"points_used": fit.points, "concentration_steps": fit.steps}
    if facts["defined"]:
        core = read_array(group, "core")
        facts["train"] = float(core[analysis.rows].mean())
        facts["heldout"] = float(core[~analysis.rows].mean()) if not analysis.rows.all() else None
    return facts


def summarise(analysis: Analysis, group: zarr.Group) -> dict[str, Any]:
    """The content of ``summary.json``; ``group``: the statistics with the images' arrays."""
    train, rows, inverse = analysis.train, analysis.rows, analysis.inverse
    varies = train.varies
    radius, distance = read_array(group, "radius"), read_array(group, "mahalanobis")
    rng = np.random.default_rng(analysis.config.seed)
    independent = independent_inflation(np.diagonal(analysis.covariance)[varies], int(train.count), rng)
    facts = {
        "images": {"all": len(rows), "train": int(train.count), "heldout": int(analysis.heldout.count)},
        "components": len(varies),
        "constant_components": np.flatnonzero(~varies).tolist(),
        "radius": {"train": summary.spread(radius[rows]), "heldout": summary.spread(radius[~rows])},
        "mahalanobis": summary.mahalanobis_facts(distance, rows, int(varies.sum()), inverse),
        "mean_norm": float(np.linalg.norm(train.mean)),
        "origin": summary.origin_facts(train.mean, inverse, distance[rows]),
        "offset": summary.offset_facts(analysis.centre_and_half_width[0]),
        "half_width_ratio": summary.half_width_facts(analysis.half_width_ratio, analysis.fit_distance),
        "covariance": summary.covariance_facts(inverse),
        "correlation": summary.correlation_facts(analysis.correlation, varies),
        "axes": summary.axes_facts(analysis.axes[0]),
        **summary.inflation_facts(analysis.inflation, independent),
        "core": _core_facts(analysis, group),
        "three_sigma_cut": summary.three_sigma_facts(analysis.inside, rows, int(varies.sum())),
    }
    plain: dict[str, Any] = summary.plain_numbers(facts)
    return plain
