"""Several normal distributions, each with its own correlations."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from threadpoolctl import threadpool_limits

from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, generator, level_label, swept

log = logging.getLogger("latentfaces")

Float64 = npt.NDArray[np.float64]


class GaussianMixtureConfig(SamplerConfig):
    """Levels and fit of the mixture."""

    components: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = swept(
        (5, 10, 20), usual=10, description="number of normal distributions in the mixture"
    )
    regularisation: float = Field(
        2.0,
        gt=0,
        le=100,
        description="weight of the whole covariance in that of every mixture component, in multiples of d points",
    )
    points_per_component: int = Field(
        100,
        ge=1,
        le=1_000_000,
        description="training points that a mixture component needs; fewer points, fewer components",
    )
    fitted_points: int = Field(
        20_000,
        ge=10,
        le=10_000_000,
        description="training points fitted to at most; beyond, a random subset of as many",
    )
    iterations: int = Field(8, ge=1, le=1000, description="expectation-maximisation steps at most")


@dataclass(frozen=True)
class Fit:
    """A mixture in whitened coordinates: ``weight`` (c,), ``mean`` (c, r), ``factor`` (c, r, r) with Σ = F·Fᵀ."""

    weight: Float64
    mean: Float64
    factor: Float64


def fit_mixture(
    w: npt.NDArray[np.floating[Any]], start: npt.NDArray[np.integer[Any]], config: GaussianMixtureConfig
) -> Fit:
    """Full-covariance mixture of the whitened points ``w`` (n, r) by EM from the clusters ``start`` (n,).

    Whitened, the regularisation is the same share of the whole covariance along every axis, so it neither
    drowns the thin axes nor misses the thick ones. As the mode of an inverse Wishart prior does, it weighs
    the less the more points a mixture component has. EM runs in float32, which this makes safe, and settles
    within a few steps from the clusters.
    """
    # scikit-learn is loaded only to fit: that takes longer than a study whose results are all cached.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture as Mixture

    # k-means leaves clusters empty where many points are the same.
    start = np.unique(start, return_inverse=True)[1]
    components = int(start.max()) + 1
    added = config.regularisation * w.shape[1] * components / len(w)
    w = w.astype(np.float32)
    member = np.eye(components, dtype=np.float32)[start]
    mean = (member.T @ w) / member.sum(axis=0)[:, None]
    mixture = Mixture(
        components,
        covariance_type="full",
        reg_covar=added,
        max_iter=config.iterations,
        tol=5e-4 * w.shape[1],
        weights_init=member.mean(axis=0),
        means_init=mean,
        precisions_init=np.stack([_precision(w[start == c] - mean[c], added) for c in range(components)]),
        random_state=0,
    )
    with warnings.catch_warnings():
        # The number of steps is bounded on purpose: the likelihood gains little after the first few.
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        mixture.fit(w)
    weight = mixture.weights_.astype(np.float64)
    covariance = mixture.covariances_.astype(np.float64)
    factor = _deflation(weight, covariance, added) @ np.linalg.cholesky(covariance)
    return Fit(weight / weight.sum(), mixture.means_.astype(np.float64), factor)


def _precision(offset: npt.NDArray[np.float32], added: float) -> npt.NDArray[np.float32]:
    """Inverse covariance of a cluster's offsets (n, r) from its mean, with ``added`` on the diagonal."""
    inverse = np.linalg.inv(offset.T @ offset / len(offset) + added * np.eye(offset.shape[1], dtype=np.float32))
    return np.asarray((inverse + inverse.T) / 2)


def _deflation(weight: Float64, covariance: Float64, added: float) -> Float64:
    """What takes the regularisation out of the whole mixture again, W^(1/2)·(W + added)^(−1/2), (r, r).

    W is the mean covariance within the components. EM leaves the mixture with the points' own mean and
    covariance (their moments are those of its last step) but for ``added``; without it, exactly theirs.
    """
    within = np.einsum("c,cij->ij", weight, covariance)
    eigenvalue, eigenvector = np.linalg.eigh(within)
    ratio = np.sqrt(np.maximum(eigenvalue - added, 0.0) / eigenvalue)
    return np.asarray((eigenvector * ratio) @ eigenvector.T)


class GaussianMixture(Sampler[GaussianMixtureConfig]):
    """Full-covariance Gaussian mixture fitted to the training points (Ghosh et al. 2020, arXiv 1903.12436)."""

    config_model = GaussianMixtureConfig
    order = 11

    def __init__(self, points: Points, config: GaussianMixtureConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        rows = np.arange(len(points.z_train))
        if len(rows) > config.fitted_points:
            rng = generator(seed, "gaussian_mixture", "points")
            rows = np.sort(rng.choice(rows, config.fitted_points, replace=False))
        self.z = points.z_train[rows].astype(np.float64) - points.mean
        self._fits: dict[int, Fit] = {}

    def affordable(self, components: int) -> int:
        """``components``, or as many as there are points for."""
        return max(1, min(components, len(self.z) // self.config.points_per_component))

    def fit(self, level: Level) -> Fit:
        """The mixture of ``level``, fitted when first asked for."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        components = self.affordable(int(level["components"]))
        if components < level["components"]:
            log.warning(
                "gaussian_mixture: %s needs %d points a component, %d points are enough for %d components",
                level_label(level), self.config.points_per_component, len(self.z), components,
            )  # fmt: skip
        if components not in self._fits:
            state = int(generator(self.seed, "gaussian_mixture", f"components={components}").integers(2**31))
            # Clusters by plain distance: whitened, all points are about equally far from each other.
            # k-means adds up what its threads found in the order in which they end; one thread has one order.
            with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
                warnings.filterwarnings("ignore", category=ConvergenceWarning)
                start = KMeans(components, n_init=1, max_iter=30, random_state=state).fit(self.z).labels_
            scale = np.linalg.norm(self.points.axes, axis=0)
            w = self.z @ (self.points.axes / scale**2)
            self._fits[components] = fit_mixture(w, start, self.config)
        return self._fits[components]

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        fit = self.fit(level)
        chosen = rng.choice(len(fit.weight), count, p=fit.weight)
        normal = rng.standard_normal((count, fit.mean.shape[1]))
        w = fit.mean[chosen]
        for c in range(len(fit.weight)):
            w[chosen == c] += normal[chosen == c] @ fit.factor[c].T
        return (self.points.mean + w @ self.points.axes.T).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """How many points were fitted to, and how many components each level really has."""
        used = {level_label(level): self.affordable(int(level["components"])) for level in self.config.levels()}
        return {"fitted_points": len(self.z), "fitted_components": used}
