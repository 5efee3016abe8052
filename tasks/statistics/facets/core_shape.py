"""The core beside the whole cloud: how much smaller it is, along which axes, and whether it lies the same way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import subspace_angles
from scipy.stats import chi2

from tasks.statistics.covariance import principal_axes
from tasks.statistics.facet import Cloud, Facet, Labelled

Floats = npt.NDArray[np.float64]

DIMENSIONS = (1, 2, 5, 10)


def measure(cloud: Cloud) -> Facet | None:
    """Variances of the core along the whole's axes, and angles between their leading axes; None without a core."""
    analysis = cloud.analysis
    core = analysis.core_moments
    if core is None or core.count < 3 or not np.isfinite(analysis.core.share_of_normal):
        return None
    varies, covariance = analysis.train.varies, core.covariance()
    components = int(varies.sum())
    eigenvalue, eigenvector = analysis.axes
    ratio = along(covariance, eigenvector) / np.where(eigenvalue > 1e-12 * eigenvalue[0], eigenvalue, np.nan)
    own_value, own_vector = principal_axes(covariance)
    factor = trimmed_variance(analysis.core.share_of_normal, components)
    total = float(np.trace(covariance) / np.trace(analysis.covariance))
    share = float(core.count / analysis.train.count)
    facts: dict[str, Any] = {
        "points": {"train": int(analysis.train.count), "core": int(core.count)},
        "share": share,
        "total_variance_ratio": total,
        "trimmed_normal": factor,
        "corrected_ratio": total / factor,
        "axis_ratio": _spread(ratio[np.isfinite(ratio)]),
        "angles": angles(eigenvector, own_vector, components),
        "chance": _chance(cloud, share, components),
    }
    arrays: dict[str, Labelled] = {"core_variance_ratio": (ratio, ("axis",)), "core_eigenvalue": (own_value, ("axis",))}
    return Facet(arrays, facts)


def trimmed_variance(share: float, components: int) -> float:
    """Variance that a normal distribution's axes keep, of one, in its innermost ``share``: P(χ²_{v+2} < c)/share.

    c is the ``share`` quantile of χ²_v (Croux & Haesbroeck 1999, J. Multivar. Anal. 71:161).
    """
    return float(chi2.cdf(chi2.ppf(share, components), components + 2) / share)


def along(covariance: Floats, axes: Floats) -> Floats:
    """The variances (k,) that ``covariance`` (d, d) has along the orthonormal ``axes`` (d, k)."""
    return np.asarray(np.einsum("ik,ij,jk->k", axes, covariance, axes, optimize=True))


def angles(first: Floats, second: Floats, components: int) -> dict[str, list[float]]:
    """Principal angles in degrees, largest first, between the leading k axes of two frames (d, d), for each k < v."""
    return {
        str(count): np.rad2deg(subspace_angles(first[:, :count], second[:, :count])).tolist()
        for count in DIMENSIONS
        if count < components
    }


def _chance(cloud: Cloud, share: float, components: int) -> dict[str, Any]:
    """The angles that a part of the training points as large as the core, but chosen by chance, has to all of them."""
    z = cloud.training.z.astype(np.float64)
    rng = cloud.rng("core_shape")
    part = rng.choice(len(z), max(3, round(share * len(z))), replace=False)
    whole, other = (principal_axes(np.atleast_2d(np.cov(one, rowvar=False)))[1] for one in (z, z[part]))
    return {"points": {"train": len(z), "core": len(part)}, "angles": angles(whole, other, components)}


def _spread(values: Floats) -> dict[str, float]:
    """Smallest, median and largest, and the mean over the ten leading axes."""
    return {
        "leading": float(values[:10].mean()),
        "smallest": float(values.min()),
        "median": float(np.median(values)),
        "largest": float(values.max()),
    }
