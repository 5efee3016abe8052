import numpy as np
import pytest

from tasks.synthesis.canvas import HEIGHT, POLE_X, POLE_Y, WIDTH, Box, Canvas
from tasks.synthesis.outline import Outline

X = np.arange(WIDTH, dtype=np.float32)[None]
Y = np.arange(HEIGHT, dtype=np.float32)[:, None]


def whole(scale=1.0):
    """The patch that is the canvas."""
    return Canvas(scale).patch(Box(-99, 999, -99, 999))


def circle(radius, n=400):
    """Points on a circle about the pole, clockwise from below."""
    turn = np.linspace(-np.pi, np.pi, n, endpoint=False) + np.pi / n
    return POLE_X + radius * np.sin(turn), POLE_Y - radius * np.cos(turn)


def test_a_turned_outline_is_the_outline_of_turned_points():
    turn = np.linspace(-np.pi, np.pi, 400, endpoint=False)
    x, y = POLE_X + 40 * np.sin(turn), POLE_Y - 60 * np.cos(turn)
    angle = 0.045
    turned_x = POLE_X + np.cos(angle) * (x - POLE_X) - np.sin(angle) * (y - POLE_Y)
    turned_y = POLE_Y + np.sin(angle) * (x - POLE_X) + np.cos(angle) * (y - POLE_Y)
    found, expected = Outline.through(x, y, np.tan(angle)), Outline.through(turned_x, turned_y)
    np.testing.assert_allclose(found.radius, expected.radius, atol=0.02)
    assert found.box.left == pytest.approx(turned_x.min() - 1.5, abs=0.1)
    assert found.box.bottom == pytest.approx(turned_y.max() + 1.5, abs=0.1)


@pytest.mark.parametrize("scale", [0.97, 1.0, 1.05])
def test_the_distance_from_a_circle_is_exact(scale):
    patch = whole(scale)
    found = Outline.through(*circle(30)).distance(patch)
    np.testing.assert_allclose(found, np.hypot(patch.x - POLE_X, patch.y - POLE_Y) - 30, atol=0.02)


def test_an_outline_may_begin_on_either_side_of_straight_below():
    x, y = circle(30)
    for shift in (-3, 3):
        # A circle beside the pole, whose lowest point is not straight below it.
        found = Outline.through(x + shift, y).distance(whole())
        exact = np.hypot(X - POLE_X - shift, Y - POLE_Y) - 30
        near = np.abs(exact) < 3
        np.testing.assert_allclose(found[near], exact[near], atol=0.15)


def test_the_distance_from_an_ellipse_is_right_near_it():
    turn = np.linspace(-np.pi, np.pi, 800)
    x, y = POLE_X + 40 * np.sin(turn), POLE_Y - 60 * np.cos(turn)
    patch = whole()
    found = Outline.through(x, y).distance(patch)
    distance = np.array([[np.hypot(x - px, y - py).min() for px in patch.x[0, ::8]] for py in patch.y[::8, 0]])
    near = distance < 8
    assert near.sum() > 40
    np.testing.assert_allclose(np.abs(found[::8, ::8][near]), distance[near], atol=0.6)
