import numpy as np
import pytest

from tasks.sampling.samplers.mahalanobis_shell import MahalanobisShell, MahalanobisShellConfig


@pytest.mark.parametrize("distance", [0.5, 1.25])
def test_all_draws_have_the_mahalanobis_distance_of_the_level(correlated, distance):
    sampler = MahalanobisShell(correlated, MahalanobisShellConfig(), 1)
    offset = sampler.draw(np.random.default_rng(0), 5000, {"distance": distance}) - correlated.mean
    squared = (offset @ np.linalg.inv(correlated.covariance) * offset).sum(1)
    np.testing.assert_allclose(np.sqrt(squared), distance * 2, rtol=1e-4)
    assert sampler.facts() == {"unit": pytest.approx(2.0)}


def test_at_distance_one_mean_and_covariance_are_those_of_the_points(correlated, assert_covariance):
    draws = MahalanobisShell(correlated, MahalanobisShellConfig(), 1).draw(
        np.random.default_rng(0), 30_000, {"distance": 1.0}
    )
    assert_covariance(draws, correlated.mean, correlated.covariance)


def test_directions_are_uniform(correlated, assert_mean):
    draws = MahalanobisShell(correlated, MahalanobisShellConfig(), 1).draw(
        np.random.default_rng(0), 30_000, {"distance": 1.0}
    )
    # On the unit sphere in d dimensions E[u_i⁴] = 3/(d(d + 2)) and E[u_i² u_j²] = 1/(d(d + 2)).
    u = correlated.whiten(draws) / 2
    assert_mean(u**4, 3 / 24)
    assert_mean(u[:, 0] ** 2 * u[:, 1] ** 2, 1 / 24)


def test_at_distance_zero_every_draw_is_the_mean(correlated):
    draws = MahalanobisShell(correlated, MahalanobisShellConfig(), 1).draw(
        np.random.default_rng(0), 3, {"distance": 0.0}
    )
    np.testing.assert_allclose(draws, np.tile(correlated.mean, (3, 1)), rtol=1e-6)
