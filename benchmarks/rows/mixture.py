"""A Gaussian mixture fitted to an equal held-out likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import face_points
from tasks.sampling.mixture import fit_mixture, log_density
from tasks.sampling.samplers.gaussian_mixture import GaussianMixtureConfig

POINTS, HELD_OUT, MIXTURE = 20_000, 4_000, 10


def prepare(folder: Path) -> Contest:
    points = face_points(folder, POINTS + HELD_OUT)
    z, held_out = points[:POINTS], points[POINTS:].astype(np.float64)

    def ours() -> float:
        """As the sampler fits: clusters by plain distance, then EM in whitened coordinates. Returns log p, held out."""
        mean = z.mean(axis=0, dtype=np.float64)
        values, vectors = np.linalg.eigh(np.cov(z, rowvar=False, dtype=np.float64))
        whitening = vectors / np.sqrt(values)
        with threadpool_limits(1, user_api="openmp"):
            start = KMeans(MIXTURE, n_init=1, max_iter=30, random_state=0).fit(z - mean).labels_
        config = GaussianMixtureConfig()
        mixture = fit_mixture((z - mean) @ whitening, start, config.iterations, config.shrinkage)
        density = log_density(((held_out - mean) @ whitening).astype(np.float32), mixture)
        # The density in z's own coordinates: divided by the volume that whitening takes away.
        return float(np.logaddexp.reduce(density, axis=1).mean(dtype=np.float64) - 0.5 * np.log(values).sum())

    def scikit_learn() -> float:
        return float(GaussianMixture(MIXTURE, random_state=0).fit(z.astype(np.float64)).score(held_out))

    def agree(results: Mapping[str, Any]) -> None:
        found, theirs = results["ours"], results["scikit-learn"]
        assert found >= theirs - 0.001 * abs(theirs), f"held-out log-likelihood {found:.2f} against {theirs:.2f}"

    return Contest({"ours": ours, "scikit-learn": scikit_learn}, agree)


ROW = Row(
    "mixture fit",
    f"{MIXTURE} components with full covariance, {POINTS:,} × 256 latent points of synthetic faces",
    prepare,
    (Goal("scikit-learn", 3.0),),
    turns=0,
    remark="held-out log-likelihood at least scikit-learn's with its defaults",
)
