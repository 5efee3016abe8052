import numpy as np
import pytest

from tasks.synthesis.blobs import Blobs
from tasks.synthesis.canvas import HEIGHT, POLE_X, POLE_Y, WIDTH

X = np.arange(WIDTH, dtype=np.float32)[None]
Y = np.arange(HEIGHT, dtype=np.float32)[:, None]


def test_blobs_add_up_and_their_gradient_is_the_difference_quotient():
    other = [(100.0, 90.0, 5.0, 5.0, 1.0)]
    blobs = Blobs(X[:, 50:130], Y[70:140], other, [(80, 100, 6, 9, 2.0), (95, 110, 12, 5, -1.0)])
    value = blobs.value(1)
    expected = 2 * np.exp(-0.5 * (2 / 6) ** 2 - 0.5 * (3 / 9) ** 2) - np.exp(-0.5 * (13 / 12) ** 2 - 0.5 * (7 / 5) ** 2)
    assert value[103 - 70, 82 - 50] == pytest.approx(expected, rel=1e-5)
    slope_x, slope_y = blobs.gradient(1)
    np.testing.assert_allclose(slope_x[:, 1:-1], (value[:, 2:] - value[:, :-2]) / 2, atol=0.01)
    np.testing.assert_allclose(slope_y[1:-1], (value[2:] - value[:-2]) / 2, atol=0.01)


def test_blobs_turn_about_the_pole():
    blobs = Blobs(X, Y, [(POLE_X, POLE_Y - 50, 4, 4, 1.0)], turn=0.04)
    assert np.unravel_index(blobs.value().argmax(), (HEIGHT, WIDTH)) == (POLE_Y - 50, POLE_X + 2)
