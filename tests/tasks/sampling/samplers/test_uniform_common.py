import numpy as np
import pytest
from scipy import stats

from tasks.sampling.samplers.uniform_common import UniformCommon, UniformCommonConfig


def test_all_components_are_uniform_in_one_interval(correlated):
    sampler = UniformCommon(correlated, UniformCommonConfig(), 1)
    draws = sampler.draw(np.random.default_rng(0), 20_000, {"b": 0.5})
    b = 0.5 * sampler.b0
    assert stats.kstest(draws.ravel(), stats.uniform(-b, 2 * b).cdf).pvalue > 1e-3
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 5 / np.sqrt(20_000)


def test_at_level_one_the_shell_has_the_points_median_radius(points_of):
    z = np.random.default_rng(1).standard_normal((500, 300)) * 2 + 0.3
    sampler = UniformCommon(points_of(z), UniformCommonConfig(), 1)
    draws = sampler.draw(np.random.default_rng(0), 2000, {"b": 1.0})
    assert np.median(np.linalg.norm(draws, axis=1)) == pytest.approx(np.median(np.linalg.norm(z, axis=1)), rel=0.01)
    assert sampler.facts() == {"b0": pytest.approx(np.median(np.linalg.norm(z, axis=1)) / 10)}
