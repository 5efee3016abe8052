import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.synthesis.canvas import (
    ANGLE,
    HEIGHT,
    POLE_X,
    POLE_Y,
    REACH,
    WIDTH,
    Box,
    Canvas,
    Curves,
    Layers,
    Outline,
    bell,
    bell2,
    between,
    colour,
    fade,
    inside,
    smoothstep,
)

X = np.arange(WIDTH, dtype=np.float32)[None]
Y = np.arange(HEIGHT, dtype=np.float32)[:, None]


def whole(scale=1.0):
    """The patch that is the canvas."""
    return Canvas(scale).patch(Box(-99, 999, -99, 999))


def circle(radius, n=400):
    """Points on a circle about the pole, clockwise from below."""
    turn = np.linspace(-np.pi, np.pi, n, endpoint=False) + np.pi / n
    return POLE_X + radius * np.sin(turn), POLE_Y - radius * np.cos(turn)


def test_smoothstep_is_the_cubic_between_its_ends():
    values = np.array([-1, 0, 0.25, 0.5, 1, 2], np.float32)
    np.testing.assert_allclose(smoothstep(values, 0, 1), [0, 0, 3 / 16 - 2 / 64, 0.5, 1, 1], atol=1e-6)


@given(radius=st.floats(4, 60))
def test_a_soft_disc_has_the_area_of_a_disc(radius):
    distance = np.hypot(X - np.float32(89.3), Y - np.float32(110.6)) - np.float32(radius)
    assert inside(distance).sum() == pytest.approx(np.pi * radius**2, rel=0.02)


def test_a_layer_moves_what_is_there_towards_its_colour_by_alpha():
    layers = Layers((2, 2))
    layers.lay(np.array([[0, 0.5], [1, 0]], np.float32), (colour(1, 0.2, 0), 1.0))
    shown, paint = layers.merged()
    result = 0.2 * shown + paint
    np.testing.assert_allclose(result[0], [[0.2, 0.6], [1, 0.2]], atol=1e-6)
    np.testing.assert_allclose(result[1], 0.2, atol=1e-6)
    np.testing.assert_allclose(result[2], [[0.2, 0.1], [0, 0.2]], atol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 6))
def test_layers_merged_are_layers_painted_one_after_the_other(seed, count):
    rng = np.random.default_rng(seed)
    below = rng.random((3, 5, 4))
    layers, expected = Layers((5, 4)), below
    for _ in range(count):
        terms = [(rng.random(3), rng.random((5, 4))) for _ in range(rng.integers(0, 4))]
        alpha = rng.random((5, 4)).astype(np.float32)
        layers.lay(alpha, *terms)
        paint = sum((tone[:, None, None] * field for tone, field in terms), np.zeros((3, 5, 4)))
        expected = expected + alpha * (paint - expected)
    shown, paint = layers.merged()
    np.testing.assert_allclose(below * shown + paint, expected, atol=1e-5)


@given(scale=st.floats(0.96, 1.06), top=st.floats(7, 90), left=st.floats(7, 80))
def test_a_patch_holds_its_box_and_little_more(scale, top, left):
    patch = Canvas(scale).patch(Box(top, top + 60, left, left + 70))
    assert patch.y[0] <= top + 1e-4 < patch.y[1] + 2e-4
    assert patch.y[-1] >= top + 60 - 1 / scale - 1e-4
    assert patch.x[0, 0] <= left + 1e-4 < patch.x[0, 1] + 2e-4
    assert patch.x[0, -1] >= left + 70 - 1 / scale - 1e-4
    np.testing.assert_allclose(patch.radius, np.hypot(patch.x - POLE_X, patch.y - POLE_Y), rtol=1e-5, atol=1e-4)


def test_the_canvas_is_the_picture():
    patch = whole()
    np.testing.assert_array_equal(patch.x[0], np.arange(WIDTH))
    np.testing.assert_array_equal(patch.y[:, 0], np.arange(HEIGHT))


@pytest.mark.parametrize("shift", [(0.0, 0.0), (1.25, -1.5), (-1.75, 0.5), (-4.0, 4.0)])
def test_a_shifted_canvas_has_the_pole_elsewhere(shift):
    patch = Canvas(1.02, shift).patch(Box(-99, 999, -99, 999))
    dx, dy = X - (POLE_X + shift[0]), Y - (POLE_Y + shift[1])
    np.testing.assert_allclose(patch.x - POLE_X, dx / 1.02, atol=1e-4)
    np.testing.assert_allclose(patch.y - POLE_Y, dy / 1.02, atol=1e-4)
    np.testing.assert_allclose(patch.polar.radius, np.hypot(dx, dy), atol=1e-3)
    distance = np.hypot(dx, dy)
    off = distance > 1
    np.testing.assert_allclose(patch.polar.towards_x[off], (dx[0] * np.ones_like(dy))[off] / distance[off], atol=1e-3)
    found = ANGLE[patch.sector] - np.arctan2(dx, -dy)
    assert np.abs((found + np.pi) % (2 * np.pi) - np.pi)[off].max() < 0.0032


def test_what_is_shifted_beyond_the_tables_is_refused():
    with pytest.raises(ValueError, match=f"{REACH} pixels"):
        Canvas(1.0, (REACH + 1, 0.0))


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


def test_painting_a_patch_leaves_the_rest_of_the_canvas():
    canvas = Canvas()
    canvas.pixels[:] = 0.25
    patch = canvas.patch(Box(20, 30, 40, 60))
    patch.lay(np.ones((1, 1), np.float32), (colour(1, 1, 1), np.ones((len(patch.y), patch.x.size), np.float32)))
    patch.finish()
    painted = (canvas.pixels == 1).all(axis=0)
    assert painted[20:31, 40:61].all()
    assert painted.sum() == 11 * 21
    assert (canvas.pixels[:, ~painted] == 0.25).all()


def test_bells_are_near_the_gaussian():
    t = np.linspace(-10, 10, 401, dtype=np.float32)
    np.testing.assert_allclose(bell(t, 2.0), np.exp(-0.5 * (t / 2) ** 2), atol=0.08)
    x, y = t[None, ::10], t[::10, None]
    np.testing.assert_allclose(bell2(x, y, 2.0, 3.0), np.exp(-0.5 * ((x / 2) ** 2 + (y / 3) ** 2)), atol=0.08)


def test_a_shadow_fades_with_the_depth():
    d = np.array([5, 0, -2, -8, -9], np.float32)
    np.testing.assert_allclose(fade(d, 2.0), [1, 1, 0.75**4, 0, 0], atol=1e-6)


def test_between_two_curves_is_inside_both():
    y = np.arange(10, dtype=np.float32)
    np.testing.assert_allclose(between(y, np.float32(3), np.float32(6), 1.0), [0, 0, 0, 0.5, 1, 1, 0.5, 0, 0, 0])


def test_tabulated_curves_are_their_functions():
    curves = Curves(-2, 3, np.sin, lambda t: t * t)
    t = np.random.default_rng(0).uniform(-2, 3, (4, 7)).astype(np.float32)
    sine, square = curves(t)
    np.testing.assert_allclose(sine, np.sin(t), atol=0.003)
    np.testing.assert_allclose(square, t * t, atol=0.016)


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
