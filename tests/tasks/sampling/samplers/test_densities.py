"""Log densities of all samplers that have one, beside those of SciPy and scikit-learn."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.sampler import level_label
from tests.tasks.sampling.quick import quick_config


def fitted(name, points):
    return fit(name, points, quick_config(name), 1)


@pytest.fixture
def z(correlated):
    """Points that were not fitted to."""
    return np.random.default_rng(3).multivariate_normal(correlated.mean, correlated.covariance, 50)


def test_independent_normals(correlated, z):
    sampler = fitted("normal_component", correlated)
    expected = norm(correlated.mean, 0.5 * correlated.std).logpdf(z).sum(axis=1)
    np.testing.assert_allclose(sampler.log_density(z, {"scale": 0.5}), expected)


def test_normal_about_the_origin(correlated, z):
    sampler = fitted("normal_origin", correlated)
    expected = norm(0, 2 * sampler.s0).logpdf(z).sum(axis=1)
    np.testing.assert_allclose(sampler.log_density(z, {"scale": 2.0}), expected)


def test_multivariate_normal(correlated, z):
    sampler = fitted("multivariate_normal", correlated)
    expected = multivariate_normal(correlated.mean, 0.75**2 * correlated.covariance).logpdf(z)
    np.testing.assert_allclose(sampler.log_density(z, {"scale": 0.75}), expected)


def test_normal_of_the_core(correlated, z):
    mean, covariance = correlated.mean + 1, 0.5 * correlated.covariance + 0.1 * np.eye(4)
    correlated.statistics.update({"core_mean": mean, "core_covariance": covariance})
    sampler = fitted("multivariate_normal_core", correlated)
    expected = multivariate_normal(mean, covariance).logpdf(z)
    np.testing.assert_allclose(sampler.log_density(z, sampler.usual()), expected)


def test_mixture(correlated, z):
    """scikit-learn's mixture with the same parameters."""
    from sklearn.mixture import GaussianMixture

    sampler = fitted("gaussian_mixture", correlated)
    level = {"components": 3}
    found = sampler.fit(level)
    factor = correlated.axes @ found.factor
    same = GaussianMixture(3, covariance_type="full")
    same.weights_, same.means_ = found.weight, correlated.colour(found.mean)
    same.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(factor @ factor.transpose(0, 2, 1)))
    np.testing.assert_allclose(sampler.log_density(z, level), same.score_samples(z), rtol=1e-6)


WITH_DENSITY = [
    "autoregressive_flow", "flow_matching", "gaussian_mixture", "multivariate_normal", "multivariate_normal_core",
    "normal_component", "normal_origin", "standard_normal",
]  # fmt: skip


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_which_samplers_have_a_density(name, correlated, z):
    sampler = fitted(name, correlated)
    assert (sampler.log_density(z, sampler.usual()) is not None) == (name in WITH_DENSITY)


@pytest.mark.parametrize("name", WITH_DENSITY)
def test_constant_components_do_not_count(name, correlated, z, points_of):
    """The density of the others, whatever the value of the constant one."""
    wider = points_of(np.insert(correlated.z_train.all(), 1, 2.5, axis=1))
    sampler, narrow = fitted(name, wider), fitted(name, correlated)
    if name == "normal_origin":
        narrow.s0 = sampler.s0
    level = sampler.usual()
    expected = narrow.log_density(z, level)
    for value in (2.5, 7.0):
        found = sampler.log_density(np.insert(z, 1, value, axis=1), level)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", WITH_DENSITY)
def test_there_is_no_density_where_the_points_do_not_span_the_space(name, points_of):
    few = np.random.default_rng(0).standard_normal((6, 20))
    sampler = fitted(name, points_of(few))
    assert sampler.log_density(few, sampler.usual()) is None


@pytest.mark.parametrize("name", WITH_DENSITY)
def test_densities_integrate_to_one(name, points_of):
    """Over a grid that holds all but a sliver of the probability, in two components."""
    curved = np.random.default_rng(2).standard_normal((500, 2))
    curved[:, 1] += np.square(curved[:, 0])
    sampler = fitted(name, points_of(curved))
    side = np.linspace(-12, 16, 113)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    for level in sampler.levels():
        total = np.exp(sampler.log_density(grid, level)).sum() * (side[1] - side[0]) ** 2
        assert total == pytest.approx(1, abs=0.02), level_label(level)
