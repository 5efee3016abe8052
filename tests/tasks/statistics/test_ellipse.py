from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.statistics.ellipse import confidence_ellipse, ellipse_radius


@pytest.mark.parametrize(("radius", "share"), [(1, 0.393), (2, 0.865), (3, 0.989)])
def test_shares_within_one_two_and_three_sigma(radius: float, share: float) -> None:
    assert ellipse_radius(1 - np.exp(-(radius**2) / 2)) == pytest.approx(radius)
    assert 1 - np.exp(-(radius**2) / 2) == pytest.approx(share, abs=5e-4)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(-0.95, 0.95), st.floats(0.05, 0.99))
def test_the_outline_has_one_mahalanobis_distance(a: float, b: float, rho: float, probability: float) -> None:
    covariance = np.array([[a * a, rho * a * b], [rho * a * b, b * b]])
    mean = np.array([3.0, -2.0])
    y = confidence_ellipse(mean, covariance, probability).outline(50) - mean
    squared = np.einsum("ij,jk,ik->i", y, np.linalg.inv(covariance), y)
    np.testing.assert_allclose(squared, -2 * np.log(1 - probability), rtol=1e-6)


def test_an_ellipse_holds_its_share_of_a_normal_sample() -> None:
    covariance = np.array([[2.0, 1.2], [1.2, 1.0]])
    points = np.random.default_rng(0).multivariate_normal([0, 0], covariance, 40_000)
    ellipse = confidence_ellipse(np.zeros(2), covariance, 0.8)
    cos, sin = np.cos(ellipse.angle), np.sin(ellipse.angle)
    turned = points @ np.array([[cos, -sin], [sin, cos]]) / ellipse.semi_axes
    assert np.mean(np.sum(turned**2, axis=1) <= 1) == pytest.approx(0.8, abs=0.01)


def test_axes_along_the_coordinates() -> None:
    ellipse = confidence_ellipse(np.array([1.0, 2.0]), np.diag([1.0, 9.0]), 1 - np.exp(-0.5))
    np.testing.assert_allclose(ellipse.semi_axes, [3, 1])
    assert ellipse.angle == pytest.approx(np.pi / 2)


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.2])
def test_a_probability_out_of_range_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        ellipse_radius(probability)
