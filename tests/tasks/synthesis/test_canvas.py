import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.synthesis.canvas import ANGLE, HEIGHT, POLE_X, POLE_Y, REACH, WIDTH, Box, Canvas, Layers
from tasks.synthesis.palette import colour

X = np.arange(WIDTH, dtype=np.float32)[None]
Y = np.arange(HEIGHT, dtype=np.float32)[:, None]


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
    patch = Canvas().patch(Box(-99, 999, -99, 999))
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
