from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from tasks.statistics.covariance import whitening_factor
from tasks.statistics.distance import mahalanobis, normal_distance_of_new, normal_distance_of_sample, radius


def test_radius_by_hand() -> None:
    np.testing.assert_array_equal(radius(np.array([[3.0, 4.0], [0.0, 0.0]])), [5.0, 0.0])


def test_mahalanobis_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((100, 5)) @ rng.standard_normal((5, 5)) + 7
    covariance = np.cov(z, rowvar=False)
    expected = cdist(z, z.mean(axis=0)[None], "mahalanobis", VI=np.linalg.inv(covariance))[:, 0]
    np.testing.assert_allclose(mahalanobis(z, z.mean(axis=0), whitening_factor(covariance)), expected, rtol=1e-9)


@pytest.mark.parametrize("draw", ["standard_normal", "standard_cauchy", "standard_exponential"])
def test_the_mean_square_over_the_sample_is_an_identity(draw: str) -> None:
    z = getattr(np.random.default_rng(1), draw)((60, 7))
    squared = mahalanobis(z, z.mean(axis=0), whitening_factor(np.cov(z, rowvar=False))) ** 2
    assert normal_distance_of_sample(60, 7).mean_square == pytest.approx(7 * 59 / 60)
    assert squared.mean() == pytest.approx(7 * 59 / 60, rel=1e-10)


def test_the_distributions_are_those_of_the_literature() -> None:
    n, d = 50, 6
    sample, new = normal_distance_of_sample(n, d), normal_distance_of_new(n, d)
    beta = stats.beta(d / 2, (n - d - 1) / 2)
    root = np.sqrt((n - 1) ** 2 / n)
    assert sample.mean == pytest.approx(root * beta.expect(np.sqrt), rel=1e-8)
    f = stats.f(d, n - d)
    factor = d * (n**2 - 1) / (n * (n - d))
    assert new.mean == pytest.approx(np.sqrt(factor) * f.expect(np.sqrt), rel=1e-6)
    assert new.mean_square == pytest.approx(factor * f.mean(), rel=1e-12)
    assert new.std == pytest.approx(np.sqrt(new.mean_square - new.mean**2))


def test_known_values() -> None:
    assert normal_distance_of_new(2100, 256).mean_square == pytest.approx(292, abs=0.5)
    assert normal_distance_of_new(20_000, 256).mean_square == pytest.approx(259, abs=0.5)
    # Many points: the chi distribution.
    assert normal_distance_of_sample(10**8, 4).mean == pytest.approx(stats.chi(4).mean(), rel=1e-6)
    assert normal_distance_of_new(10**8, 4).std == pytest.approx(stats.chi(4).std(), rel=1e-4)


def test_simulated_new_points_lie_as_far_as_expected() -> None:
    rng = np.random.default_rng(2)
    n, d, distances = 40, 5, []
    for _ in range(150):
        z, new = rng.standard_normal((n, d)), rng.standard_normal((50, d))
        distances.append(mahalanobis(new, z.mean(axis=0), whitening_factor(np.cov(z, rowvar=False))))
    expected = normal_distance_of_new(n, d)
    assert np.mean(distances) == pytest.approx(expected.mean, rel=0.015)
    assert np.std(distances) == pytest.approx(expected.std, rel=0.05)


@pytest.mark.parametrize("expectation", [normal_distance_of_sample, normal_distance_of_new])
def test_too_few_points_are_refused(expectation) -> None:
    with pytest.raises(ValueError, match="d = 10"):
        expectation(11, 10)
