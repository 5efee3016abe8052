import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from tasks.synthesis.anatomy import Placement
from tasks.synthesis.canvas import COLUMNS, GRAIN, HEIGHT, MARGIN, POLE_X, POLE_Y, ROWS, WIDTH, colour
from tasks.synthesis.placing import expose, place


def noise(seed=0):
    return np.random.default_rng(seed).random((3, ROWS, COLUMNS), dtype=np.float32)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (2, -3)])
def test_a_shift_by_whole_pixels_moves_every_pixel_unchanged(dx, dy):
    drawing = noise()
    top, left = MARGIN - dy, MARGIN - dx
    placed = place(drawing, Placement(1.0, 0.0, (dx, dy)))
    np.testing.assert_array_equal(placed, drawing[:, top : top + HEIGHT, left : left + WIDTH])


def test_half_a_pixel_to_the_left_is_the_mean_of_neighbours():
    drawing = noise(1)
    placed = place(drawing, Placement(1.0, 0.0, (-0.5, 0.0)))
    rows = drawing[:, MARGIN : MARGIN + HEIGHT]
    mean = (rows[..., MARGIN : MARGIN + WIDTH] + rows[..., MARGIN + 1 : MARGIN + 1 + WIDTH]) / 2
    np.testing.assert_allclose(placed, mean, atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(angle=st.floats(-0.046, 0.046), shift=st.tuples(st.floats(-1.9, 1.9), st.floats(-1.9, 1.9)))
def test_a_smooth_drawing_is_placed_as_scipy_places_it(angle, shift):
    y, x = np.mgrid[:ROWS, :COLUMNS]
    drawing = np.stack([0.5 + 0.5 * np.sin(x / a) * np.cos(y / b) for a, b in ((9, 14), (17, 8), (11, 30))])
    v, u = np.mgrid[:HEIGHT, :WIDTH] - np.array([POLE_Y + shift[1], POLE_X + shift[0]]).reshape(2, 1, 1)
    source_x = np.cos(angle) * u + np.sin(angle) * v + POLE_X + MARGIN
    source_y = -np.sin(angle) * u + np.cos(angle) * v + POLE_Y + MARGIN
    expected = [map_coordinates(band, [source_y, source_x], order=1) for band in drawing]
    placed = place(drawing.astype(np.float32), Placement(1.0, angle, shift))
    # The waves rise by a sixteenth a pixel at most, in each direction.
    np.testing.assert_allclose(placed, expected, atol=0.016)


def test_what_needs_more_than_the_margin_is_refused():
    with pytest.raises(ValueError, match="margin"):
        place(noise(), Placement(1.0, 0.2, (0.0, 0.0)))


def test_light_scales_the_channels_and_cuts_what_is_too_dark_or_too_bright():
    picture = np.empty((3, HEIGHT, WIDTH), np.float32)
    picture[:] = colour(-0.5, 0.4, 1.8)[:, None, None]
    exposed = expose(picture, colour(1, 0.5, 1), 40)
    assert exposed.shape == (HEIGHT, WIDTH, 3)
    assert (exposed[..., 0] == 0).all()
    assert (exposed[..., 2] == 255).all()
    grain = GRAIN[40 : 40 + HEIGHT, 40 : 40 + WIDTH]
    np.testing.assert_allclose(exposed[..., 1], np.floor(0.4 * 0.5 * 255 + 1.2 * grain), atol=1)
