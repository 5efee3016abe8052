import numpy as np
import pytest
from scipy import integrate, stats

from tasks.sampling.samplers.ellipse_restricted import EllipseRestricted, EllipseRestrictedConfig


def whitened(points, P, count=40_000):
    draws = EllipseRestricted(points, EllipseRestrictedConfig(), 1).draw(np.random.default_rng(0), count, {"P": P})
    return points.whiten(draws)


def truncated_variance(limit):
    return float(stats.truncnorm(-limit, limit).var())


@pytest.mark.parametrize("P", [0.4, 0.9, 0.99])
def test_every_pair_stays_in_its_ellipse(correlated, P):
    w = whitened(correlated, P)
    squared = np.sort(w**2, axis=1)
    radius = -2 * np.log(1 - P)
    assert (squared[:, -1] + squared[:, -2]).max() <= radius * (1 + 1e-5)
    assert (squared[:, -1] + squared[:, -2]).max() > 0.98 * radius


def test_the_first_axis_is_a_truncated_normal_and_the_second_given_the_first(correlated, assert_mean):
    P = 0.8
    r = np.sqrt(-2 * np.log(1 - P))
    w = whitened(correlated, P)
    first = stats.truncnorm(-r, r)
    assert stats.kstest(w[:, 0], first.cdf).pvalue > 1e-3
    # The variance of the second by integrating over the first.
    second = integrate.quad(lambda x: first.pdf(x) * truncated_variance(np.sqrt(r**2 - x**2)), -r, r)[0]
    assert_mean(w[:, :2] ** 2, [first.var(), second])
    assert second < first.var()
    assert_mean(w, 0)


def test_wide_ellipses_leave_the_multivariate_normal(correlated, assert_covariance):
    draws = EllipseRestricted(correlated, EllipseRestrictedConfig(), 1).draw(
        np.random.default_rng(0), 30_000, {"P": 1 - 1e-9}
    )
    assert_covariance(draws, correlated.mean, correlated.covariance)


def test_the_radii_are_those_of_one_two_and_three_sigma():
    P = (0.39346934, 0.86466472, 0.98889100)
    config = EllipseRestrictedConfig(P=P)
    radius = [-2 * np.log1p(-one) for one in config.P]
    np.testing.assert_allclose(np.sqrt(radius), [1, 2, 3], rtol=1e-6)
