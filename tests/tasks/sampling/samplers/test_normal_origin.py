import numpy as np
import pytest

from tasks.sampling.samplers.normal_origin import NormalOrigin, NormalOriginConfig


def test_components_are_independent_and_normal_about_the_origin(correlated, assert_covariance):
    sampler = NormalOrigin(correlated, NormalOriginConfig(), 1)
    draws = sampler.draw(np.random.default_rng(0), 30_000, {"scale": 0.5})
    assert_covariance(draws, np.zeros(4), (0.5 * sampler.s0) ** 2 * np.eye(4))


def test_at_level_one_draws_have_the_points_median_radius(points_of):
    z = np.random.default_rng(1).standard_normal((500, 400)) * 2 + 0.3
    sampler = NormalOrigin(points_of(z), NormalOriginConfig(), 1)
    draws = sampler.draw(np.random.default_rng(0), 2000, {"scale": 1.0})
    assert np.median(np.linalg.norm(draws, axis=1)) == pytest.approx(np.median(np.linalg.norm(z, axis=1)), rel=0.01)
    assert sampler.facts() == {"s0": pytest.approx(np.median(np.linalg.norm(z, axis=1)) / 20)}


def test_the_prior_is_standard_normal_whatever_the_points_are(correlated, assert_covariance):
    sampler = NormalOrigin(correlated, NormalOriginConfig(prior=True), 1)
    draws = sampler.draw(np.random.default_rng(0), 30_000, {"scale": 1.0})
    assert_covariance(draws, np.zeros(4), np.eye(4))
