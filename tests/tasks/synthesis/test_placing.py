import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tasks.synthesis.anatomy import Placement
from tasks.synthesis.canvas import GRAIN, HEIGHT, MARGIN, WIDTH, X, Y, colour
from tasks.synthesis.placing import expose, place


def pixels_of(bands):
    """Whole numbers (3, rows, columns) as the pixels that ``place`` takes."""
    channels = np.zeros((len(Y), len(X), 4), np.uint16)
    channels[..., :3] = np.moveaxis(bands, 0, -1)
    return channels.view(np.uint64)[..., 0]


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (3, len(Y), len(X)), dtype=np.uint8)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (2, -3)])
def test_a_shift_by_whole_pixels_moves_every_pixel_unchanged(dx, dy):
    bands = noise()
    picture = place(pixels_of(bands), Placement(1.0, 0.0, (dx, dy)))
    top, left = MARGIN - dy, MARGIN - dx
    np.testing.assert_array_equal(picture, np.moveaxis(bands[:, top : top + HEIGHT, left : left + WIDTH], 0, -1))


def test_half_a_pixel_to_the_left_is_the_mean_of_neighbours():
    bands = noise(1).astype(int)
    picture = place(pixels_of(bands), Placement(1.0, 0.0, (-0.5, 0.0)))
    rows = slice(MARGIN, MARGIN + HEIGHT)
    mean = (bands[:, rows, MARGIN : MARGIN + WIDTH] + bands[:, rows, MARGIN + 1 : MARGIN + 1 + WIDTH]) // 2
    np.testing.assert_array_equal(picture, np.moveaxis(mean, 0, -1))


@given(
    scale=st.floats(0.98, 1.04),
    angle=st.floats(-0.046, 0.046),
    shift=st.tuples(st.floats(-2, 2), st.floats(-2, 2)),
)
def test_a_smooth_drawing_is_placed_as_pillow_places_it(scale, angle, shift):
    where = Placement(scale, angle, shift)
    waves = [127 + 120 * np.sin(X / a) * np.cos(Y[:, None] / b) for a, b in ((9, 14), (17, 8), (11, 30))]
    bands = np.stack(waves).astype(np.uint8)
    expected = Image.fromarray(np.moveaxis(bands, 0, -1).copy()).transform(
        (WIDTH, HEIGHT), Image.Transform.AFFINE, where.inverse(), Image.Resampling.BILINEAR
    )
    difference = np.abs(place(pixels_of(bands), where).astype(int) - np.asarray(expected))
    assert difference.max() <= 3
    assert difference.mean() < 0.6


def test_light_scales_the_channels_and_cuts_what_is_too_dark_or_too_bright():
    canvas = np.empty((3, len(Y), len(X)), np.float32)
    canvas[:] = colour(-0.5, 0.4, 1.8)
    channels = expose(canvas, colour(1, 0.5, 1), 40).view(np.uint16).reshape(len(Y), len(X), 4)
    assert (channels[..., 0] == 0).all()
    assert (channels[..., 2] == 255).all()
    grain = GRAIN[40 : 40 + len(Y), 40 : 40 + len(X)]
    np.testing.assert_array_equal(channels[..., 1], np.floor(0.4 * 0.5 * 255 + 1.2 * grain))
