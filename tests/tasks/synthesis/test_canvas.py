import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.synthesis.canvas import (
    POLE_X,
    POLE_Y,
    WHOLE,
    Blobs,
    Box,
    Outline,
    blend,
    colour,
    inside,
    smoothstep,
)


def test_smoothstep_is_the_cubic_between_its_ends():
    values = np.array([-1, 0, 0.25, 0.5, 1, 2], np.float32)
    np.testing.assert_allclose(smoothstep(values, 0, 1), [0, 0, 3 / 16 - 2 / 64, 0.5, 1, 1], atol=1e-6)


@given(radius=st.floats(4, 60))
def test_a_soft_disc_has_the_area_of_a_disc(radius):
    distance = np.hypot(WHOLE.x - np.float32(89.3), WHOLE.y - np.float32(110.6)) - np.float32(radius)
    assert inside(distance).sum() == pytest.approx(np.pi * radius**2, rel=0.02)


def test_blobs_add_up_and_their_gradient_is_the_difference_quotient():
    blobs = Blobs([(80, 100, 6, 9, 2.0), (95, 110, 12, 5, -1.0)])
    box = Box(70, 140, 50, 130)
    value = blobs.value(box)
    expected = 2 * np.exp(-0.5 * (2 / 6) ** 2 - 0.5 * (3 / 9) ** 2) - np.exp(-0.5 * (13 / 12) ** 2 - 0.5 * (7 / 5) ** 2)
    assert value[103 - 70, 82 - 50] == pytest.approx(expected, rel=1e-5)
    slope_x, slope_y = blobs.gradient(box)
    np.testing.assert_allclose(slope_x[:, 1:-1], (value[:, 2:] - value[:, :-2]) / 2, atol=0.01)
    np.testing.assert_allclose(slope_y[1:-1], (value[2:] - value[:-2]) / 2, atol=0.01)


def test_blend_moves_towards_the_paint_by_alpha():
    target = np.full((3, 2, 2), 0.2, np.float32)
    blend(target, colour(1, 0.2, 0), np.array([[0, 0.5], [1, 0]], np.float32))
    np.testing.assert_allclose(target[0], [[0.2, 0.6], [1, 0.2]], atol=1e-6)
    np.testing.assert_allclose(target[1], 0.2, atol=1e-6)
    np.testing.assert_allclose(target[2], [[0.2, 0.1], [0, 0.2]], atol=1e-6)


def test_the_distance_from_a_circle_is_exact():
    turn = np.linspace(0, 2 * np.pi, 400, dtype=np.float32)
    circle = Outline.through(POLE_X + 30 * np.cos(turn), POLE_Y + 30 * np.sin(turn))
    expected = np.hypot(WHOLE.x - POLE_X, WHOLE.y - POLE_Y) - 30
    np.testing.assert_allclose(circle.distance(WHOLE), expected, atol=0.02)


def test_the_distance_from_an_ellipse_is_right_near_it():
    turn = np.linspace(0, 2 * np.pi, 800, dtype=np.float32)
    x, y = POLE_X + 40 * np.cos(turn), POLE_Y + 60 * np.sin(turn)
    found = Outline.through(x, y).distance(WHOLE)
    for row, column in [(60, 99), (126, 60), (90, 70), (150, 120), (170, 90)]:
        px, py = WHOLE.x[0, column], WHOLE.y[row, 0]
        nearest = np.hypot(x - px, y - py).min()
        if nearest < 8:
            assert abs(found[row, column]) == pytest.approx(nearest, abs=0.6)
