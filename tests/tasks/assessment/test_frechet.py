import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.assessment.frechet import Normal, fit, squared_frechet_distance


def test_in_one_dimension_it_is_the_difference_of_means_and_of_deviations():
    # (m1 - m2)^2 + (s1 - s2)^2 with means 0, 3 and standard deviations 1, 5
    first, second = Normal(np.array([0.0]), np.array([[1.0]])), Normal(np.array([3.0]), np.array([[5.0]]))
    assert squared_frechet_distance(first, second) == pytest.approx(9 + 16)


def test_commuting_covariances_differ_by_their_deviations():
    turn = scipy.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    first, second = np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 1.0])
    distance = squared_frechet_distance(
        Normal(np.zeros(3), np.diag(first) @ turn), Normal(np.array([0.0, 0, 2]), np.diag(second) @ turn)
    )
    assert distance == pytest.approx(4 + np.square(first - second).sum())


@pytest.mark.parametrize(("rows", "other_rows"), [(200, 300), (30, 400), (12, 15)])
def test_it_agrees_with_the_matrix_square_root_of_scipy(rows, other_rows):
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, 20)) @ rng.normal(size=(20, 20))
    y = rng.normal(size=(other_rows, 20)) + 0.3
    # Few rows make singular covariances, whose product sqrtm finds only to about the root of the precision.
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.real(scipy.linalg.sqrtm(a @ b + (1e-9 * np.eye(20) if min(rows, other_rows) < 21 else 0)))
    expected = np.square(x.mean(0) - y.mean(0)).sum() + np.trace(a + b - 2 * root)
    assert squared_frechet_distance(fit(x), fit(y)) == pytest.approx(expected, rel=2e-4 if rows < 21 else 1e-8)


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(1, 30), st.integers(0, 2**32))
def test_a_set_is_at_distance_zero_from_itself_and_sides_can_be_swapped(rows, features, seed):
    rng = np.random.default_rng(seed)
    x, y = (rng.normal(3, 2, (rows, features)).astype(np.float32) for _ in range(2))
    assert squared_frechet_distance(fit(x), fit(x.copy())) == pytest.approx(0, abs=1e-10)
    forth, back = squared_frechet_distance(fit(x), fit(y)), squared_frechet_distance(fit(y), fit(x))
    assert forth >= 0
    assert forth == pytest.approx(back, rel=1e-9, abs=1e-10)


def test_a_shift_counts_by_its_square_only():
    x = np.random.default_rng(4).normal(size=(50, 8))
    assert squared_frechet_distance(fit(x), fit(x + 0.5)) == pytest.approx(8 * 0.25)


def test_the_root_gives_the_covariance_back():
    x = np.random.default_rng(5).normal(size=(9, 14)).astype(np.float32)
    normal = fit(x)
    assert normal.root.shape == (9, 14)
    np.testing.assert_allclose(normal.root.T @ normal.root, np.cov(x.T.astype(np.float64)), atol=1e-12)


def test_too_few_or_unlike_values_are_refused():
    with pytest.raises(ValueError, match="two or more"):
        fit(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="3 and 4 features"):
        squared_frechet_distance(fit(np.eye(3)), fit(np.eye(4)))
