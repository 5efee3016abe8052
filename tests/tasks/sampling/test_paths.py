import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sampling.paths import between, directions, great_circle

T = np.linspace(0, 1, 5)


def test_a_quarter_circle_worked_by_hand():
    arc = great_circle(np.array([[1.0, 0]]), np.array([[0, 1.0]]), np.array([0, 1 / 3, 1]))
    np.testing.assert_allclose(arc[0], [[1, 0], [np.cos(np.pi / 6), np.sin(np.pi / 6)], [0, 1]], atol=1e-12)


@given(st.integers(0, 2**32), st.floats(0, 1), st.integers(2, 6))
def test_angles_and_lengths_go_in_equal_steps(seed, t, dimension):
    first, second = np.random.default_rng(seed).standard_normal((2, 1, dimension))
    place = great_circle(first, second, np.array([t]))[0, 0]
    a, b = np.linalg.norm(first), np.linalg.norm(second)
    assert np.linalg.norm(place) == pytest.approx((1 - t) * a + t * b)
    whole = np.arccos(np.clip(first[0] @ second[0] / (a * b), -1, 1))
    part = np.arccos(np.clip(first[0] @ place / (a * np.linalg.norm(place)), -1, 1))
    assert part == pytest.approx(t * whole, abs=1e-6)


@pytest.mark.parametrize("second", [[2.0, 0], [-1.0, 0], [0.0, 0]])
def test_where_no_arc_is_defined_the_line_is_straight(second):
    first = np.array([[1.0, 0]])
    expected = (1 - T)[:, None] * first + T[:, None] * np.array([second])
    np.testing.assert_allclose(great_circle(first, np.array([second]), T)[0], expected, atol=1e-12)


def test_a_straight_line_in_whitened_space_is_the_straight_line(correlated):
    first, second = correlated.z_train.all()[:10], correlated.z_train.all()[10:20]
    w = (1 - T)[:, None] * correlated.whiten(first)[:, None] + T[:, None] * correlated.whiten(second)[:, None]
    there_and_back = correlated.colour(w.reshape(-1, 4)).reshape(10, 5, 4)
    np.testing.assert_allclose(between(correlated, first, second, T, "linear"), there_and_back, atol=1e-4)


def test_points_outside_the_training_points_span_are_reached_too(points_of):
    rng = np.random.default_rng(0)
    points = points_of(rng.standard_normal((6, 20)))
    first, second = rng.standard_normal((2, 3, 20))
    strip = between(points, first, second, T, "whitened")
    np.testing.assert_allclose(strip[:, 0], first, atol=1e-5)
    np.testing.assert_allclose(strip[:, -1], second, atol=1e-5)


def test_leading_components_are_those_whose_centres_are_farthest_out(points_of):
    z = np.random.default_rng(0).standard_normal((200, 4)) * [1, 2, 1, 1] + [0, 5, -9, 1]
    z[:, 3] = 20
    centre, steps = directions(points_of(z), "offset", 8)
    assert np.flatnonzero(steps.any(0)).tolist() == [0, 1, 2]
    assert [int(np.flatnonzero(step)[0]) for step in steps] == [2, 1, 0]
    assert steps[1, 1] == pytest.approx(z[:, 1].std(ddof=1), rel=1e-6)
    assert centre[3] == 20
