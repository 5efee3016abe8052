import numpy as np
import pytest

from tasks.sampling.config import SampleConfig, unlearned
from tasks.sampling.samplers.standard_normal import StandardNormal, StandardNormalConfig


def test_it_is_standard_normal_whatever_the_points_are(correlated, assert_covariance):
    sampler = StandardNormal(correlated, StandardNormalConfig(), 1)
    assert_covariance(sampler.draw(np.random.default_rng(0), 30_000, {}), np.zeros(4), np.eye(4))


def test_its_density_is_that_of_a_standard_normal_distribution(correlated):
    sampler = StandardNormal(correlated, StandardNormalConfig(), 1)
    expected = -2 * np.log(2 * np.pi) - np.array([0, 2.0])
    assert sampler.log_density(np.array([[0.0, 0, 0, 0], [1.0, 1, 1, 1]]), {}) == pytest.approx(expected)


def test_it_is_drawn_from_only_where_it_is_named():
    assert "standard_normal" not in unlearned()
    assert "standard_normal" not in SampleConfig().samplers
    assert "standard_normal" in SampleConfig(samplers=("default", "standard_normal")).samplers
