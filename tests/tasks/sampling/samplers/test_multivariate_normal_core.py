from dataclasses import replace

import numpy as np

from tasks.sampling.samplers.multivariate_normal import MultivariateNormal, MultivariateNormalConfig
from tasks.sampling.samplers.multivariate_normal_core import MultivariateNormalCore, MultivariateNormalCoreConfig


def test_mean_and_covariance_are_those_of_the_core(correlated, assert_covariance):
    z = correlated.z_train.all().astype(np.float64)
    core = z[np.linalg.norm(z - correlated.mean, axis=1) < 5]
    moments = {"core_mean": core.mean(0), "core_covariance": np.cov(core.T)}
    points = replace(correlated, statistics={**correlated.statistics, **moments})
    sampler = MultivariateNormalCore(points, MultivariateNormalCoreConfig(), 1)
    draws = sampler.draw(np.random.default_rng(0), 30_000, {"scale": 0.5})
    assert_covariance(draws, core.mean(0), 0.25 * np.cov(core.T))
    assert np.linalg.det(np.cov(core.T)) < 0.5 * np.linalg.det(correlated.covariance)
    assert (sampler.facts(), sampler.shortfall()) == ({"moments": "core"}, "")


def test_without_a_core_the_moments_are_those_of_all_points_and_that_is_said(correlated):
    sampler = MultivariateNormalCore(correlated, MultivariateNormalCoreConfig(), 1)
    assert "no core (400 training points of 4 components" in sampler.shortfall()
    assert sampler.facts()["moments"].startswith("all training points")
    np.testing.assert_array_equal(
        sampler.draw(np.random.default_rng(0), 5, {"scale": 1.0}),
        MultivariateNormal(correlated, MultivariateNormalConfig(), 1).draw(np.random.default_rng(0), 5, {"scale": 1.0}),
    )
