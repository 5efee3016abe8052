import numpy as np
import pytest
from scipy import stats

from tasks.sampling.samplers.multivariate_normal import MultivariateNormal, MultivariateNormalConfig


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_mean_and_covariance_are_those_of_the_points(correlated, assert_covariance, scale):
    draws = MultivariateNormal(correlated, MultivariateNormalConfig(), 1).draw(
        np.random.default_rng(0), 30_000, {"scale": scale}
    )
    assert_covariance(draws, correlated.mean, scale**2 * correlated.covariance)


def test_squared_mahalanobis_distance_is_chi_square(correlated):
    draws = MultivariateNormal(correlated, MultivariateNormalConfig(), 1).draw(
        np.random.default_rng(0), 20_000, {"scale": 1.0}
    )
    offset = draws - correlated.mean
    squared = (offset @ np.linalg.inv(correlated.covariance) * offset).sum(1)
    assert stats.kstest(squared, stats.chi2(4).cdf).pvalue > 1e-3
