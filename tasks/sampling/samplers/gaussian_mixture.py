"""Several normal distributions, each with its own correlations."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from threadpoolctl import threadpool_limits

from tasks.sampling import density
from tasks.sampling.about import Kept, moments
from tasks.sampling.form import Form, small
from tasks.sampling.mixture import all_occupied, fit_mixture
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, generator, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts

Float64 = npt.NDArray[np.float64]

MIXTURE = """c = rng.choice(len(a["weight"]), n, p=a["weight"] / a["weight"].sum())
z = a["mean"][c] + np.stack([a["factor"][i] @ rng.standard_normal(a["factor"].shape[2]) for i in c])"""


class GaussianMixtureConfig(SamplerConfig):
    """Levels and fit of the mixture."""

    components: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = swept(
        (5, 10, 20), usual=10, description="Number of normal distributions in the mixture."
    )
    shrinkage: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of the mean covariance in that of each mixture component; by default, chosen by the "
        "likelihood of held-out points.",
    )
    points_per_component: int = Field(
        100,
        ge=1,
        le=1_000_000,
        description="Training points needed per mixture component; with fewer, the mixture has fewer components.",
    )
    fitted_points: int = Field(
        20_000,
        ge=10,
        le=10_000_000,
        description="Largest number of training points used for the fit; of more, a random subset.",
    )
    iterations: int = Field(30, ge=1, le=1000, description="Largest number of expectation-maximisation steps.")


@dataclass(frozen=True)
class Fit:
    """A mixture in whitened coordinates: ``weight`` (c,), ``mean`` (c, r), ``factor`` (c, r, r) with Σ = F·Fᵀ."""

    weight: Float64
    mean: Float64
    factor: Float64


class GaussianMixture(Sampler[GaussianMixtureConfig]):
    """Full-covariance Gaussian mixture fitted to the training points (Ghosh et al. 2020, arXiv 1903.12436)."""

    config_model = GaussianMixtureConfig
    order = 11
    rung = (2, "several normal distributions")
    kept = Kept(
        "weight, mean and covariance of every mixture component",
        lambda points, d, level: int(level.get("components", 0)) * (1 + moments(d)),
    )

    def __init__(self, points: Points, config: GaussianMixtureConfig, seed: int) -> None:
        super().__init__(points, config, seed)
        rows = np.arange(len(points.z_train))
        if len(rows) > config.fitted_points:
            rng = generator(seed, "gaussian_mixture", "points")
            rows = np.sort(rng.choice(rows, config.fitted_points, replace=False))
        self.z = points.z_train.take(rows).astype(np.float64) - points.mean
        self._fits: dict[int, Fit] = {}

    @cached_property
    def distinct(self) -> int:
        """How many of the fitted points differ; copies tell nothing new of the distribution."""
        return len(np.unique(self.z, axis=0))

    def attainable(self, level: Level) -> Level:
        """At most as many components as there are points for."""
        most = max(1, self.distinct // self.config.points_per_component)
        return {"components": min(level["components"], most)}

    def limit(self) -> str:
        """How many points there are, and how many a component needs."""
        differing = "" if self.distinct == len(self.z) else " that differ"
        needed = self.config.points_per_component
        return f"there are {self.distinct} training points{differing}, and a component needs {needed}"

    def fit(self, level: Level) -> Fit:
        """The mixture of an attainable ``level``, fitted when first asked for."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        components = int(level["components"])
        if components not in self._fits:
            state = int(generator(self.seed, "gaussian_mixture", f"components={components}").integers(2**31))
            # Clusters by plain distance: whitened, all points are about equally far from each other.
            # k-means adds up what its threads found in the order in which they end; one thread has one order.
            with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
                warnings.filterwarnings("ignore", category=ConvergenceWarning)
                clusters = KMeans(components, n_init=1, max_iter=30, random_state=state).fit(self.z)
            start = all_occupied(clusters.labels_, self.z, clusters.cluster_centers_)
            scale = np.linalg.norm(self.points.axes, axis=0)
            w = self.z @ (self.points.axes / scale**2)
            found = fit_mixture(w, start, self.config.iterations, self.config.shrinkage)
            self._fits[components] = Fit(
                found.weight, found.mean, np.asarray(np.linalg.cholesky(found.covariance), np.float64)
            )
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

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """The weighted sum of the components' normal densities."""
        from scipy.linalg import solve_triangular

        if not self.points.spans:
            return None
        fit, w = self.fit(level), self.points.whiten(z)
        parts = [
            np.log(weight)
            + density.standard_normal(solve_triangular(factor, (w - mean).T, lower=True).T)
            - np.log(np.diag(factor)).sum()
            for weight, mean, factor in zip(fit.weight, fit.mean, fit.factor, strict=True)
        ]
        return np.asarray(np.logaddexp.reduce(parts) - self.points.log_volume)

    def facts(self) -> dict[str, Any]:
        """How many points were fitted to."""
        return {"fitted_points": len(self.z)}

    def form(self, level: Level) -> Form:
        """In whitened coordinates the sampler's own; here multiplied out."""
        fit, axes = self.fit(level), self.points.axes
        mean, factor = small(self.points.mean + fit.mean @ axes.T), small(axes @ fit.factor)
        return Form("mixture", {"weight": fit.weight, "mean": mean, "factor": factor}, MIXTURE)

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A count."""
        return "components is the number of normal distributions in the mixture."
