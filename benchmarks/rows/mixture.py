"""A Gaussian mixture fitted to an equal held-out likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import correlated_points
from tasks.sampling.samplers.gaussian_mixture import GaussianMixtureConfig, fit_mixture

POINTS, COMPONENTS, MIXTURE = 20_000, 256, 10


def mixed_points(count: int, seed: int) -> np.ndarray:
    """Points of ``MIXTURE`` normal distributions, each with correlations and a centre of its own."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, MIXTURE, count)
    z = correlated_points(count, COMPONENTS, seed)
    for one in range(MIXTURE):
        of_one = np.random.default_rng([7, one])
        turn = np.linalg.qr(of_one.standard_normal((COMPONENTS, COMPONENTS)))[0].astype(np.float32)
        centre = 2 * of_one.standard_normal(COMPONENTS).astype(np.float32)
        z[kind == one] = 0.7 * z[kind == one] + 0.3 * (z[kind == one] @ turn) + centre
    return z


def prepare(folder: Path) -> Contest:
    z, held_out = mixed_points(POINTS, 1), mixed_points(POINTS // 4, 2).astype(np.float64)
    mean = z.mean(axis=0, dtype=np.float64)
    values, vectors = np.linalg.eigh(np.cov(z, rowvar=False))

    def ours() -> float:
        """As the sampler fits: clusters by plain distance, then EM in whitened coordinates. Returns log p, held out."""
        centred = z - mean
        start = KMeans(MIXTURE, n_init=1, max_iter=30, random_state=0).fit(centred).labels_
        fit = fit_mixture(centred @ (vectors / np.sqrt(values)), start, GaussianMixtureConfig())
        w = (held_out - mean) @ (vectors / np.sqrt(values))
        parts = []
        for weight, middle, factor in zip(fit.weight, fit.mean, fit.factor, strict=True):
            covariance = factor @ factor.T
            lower = scipy.linalg.cholesky(covariance, lower=True)
            offset = scipy.linalg.solve_triangular(lower, (w - middle).T, lower=True)
            log_density = -0.5 * np.sum(offset**2, axis=0) - np.log(np.diag(lower)).sum()
            parts.append(np.log(weight) + log_density - COMPONENTS / 2 * np.log(2 * np.pi))
        # The density in z's own coordinates: divided by the volume that whitening takes away.
        return float(np.mean(np.logaddexp.reduce(parts)) - 0.5 * np.log(values).sum())

    def scikit_learn() -> float:
        return float(GaussianMixture(MIXTURE, random_state=0).fit(z.astype(np.float64)).score(held_out))

    def agree(results: Mapping[str, Any]) -> None:
        found, theirs = results["ours"], results["scikit-learn"]
        assert found >= theirs - 0.001 * abs(theirs), f"held-out log-likelihood {found:.2f} against {theirs:.2f}"

    return Contest({"ours": ours, "scikit-learn": scikit_learn}, agree)


ROW = Row(
    "mixture fit",
    f"{MIXTURE} components with full covariance, {POINTS:,} × {COMPONENTS} points",
    prepare,
    (Goal("scikit-learn", 3.0),),
    turns=0,
    remark="held-out log-likelihood at least scikit-learn's with its defaults",
)
