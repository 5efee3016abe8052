import numpy as np
import pytest
from scipy import stats

from tasks.sampling.samplers.normal_component import NormalComponent, NormalComponentConfig


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_components_are_normal_and_uncorrelated(correlated, assert_covariance, scale):
    draws = NormalComponent(correlated, NormalComponentConfig(), 1).draw(
        np.random.default_rng(0), 30_000, {"scale": scale}
    )
    assert_covariance(draws, correlated.mean, scale**2 * np.diag(np.diag(correlated.covariance)))
    standard = (draws - correlated.mean) / (scale * correlated.std)
    assert all(stats.kstest(standard[:, j], "norm").pvalue > 1e-3 for j in range(4))
