import numpy as np
from scipy import stats

from tasks.sampling.samplers.pair_mixture import PairMixture, PairMixtureConfig


def draw(points, count=60_000):
    return PairMixture(points, PairMixtureConfig(), 1).draw(np.random.default_rng(0), count, {})


def test_mean_and_covariance_are_those_of_the_points(correlated, assert_covariance):
    assert_covariance(draw(correlated), correlated.mean, correlated.covariance * 398 / 400)


def test_every_draw_is_a_pair_of_two_different_points(points_of):
    points = points_of(np.array([[0.0, 0], [1, 0], [0, 1], [3, 5]]))
    mean, z = points.mean, points.z_train.all()
    pairs = {
        tuple(np.round(mean + (z[a] + z[b] - 2 * mean) / np.sqrt(2), 4)) for a in range(4) for b in range(4) if a != b
    }
    assert {tuple(row) for row in np.round(draw(points, 500).astype(np.float64), 4)} == pairs


def test_skewness_and_excess_kurtosis_shrink_as_those_of_a_sum(correlated):
    z, draws = correlated.z_train.all().astype(np.float64), draw(correlated, 200_000).astype(np.float64)
    np.testing.assert_allclose(stats.skew(draws), stats.skew(z) / np.sqrt(2), atol=0.05)
    np.testing.assert_allclose(stats.kurtosis(draws), stats.kurtosis(z) / 2, atol=0.25)
