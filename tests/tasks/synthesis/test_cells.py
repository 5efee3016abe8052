import numpy as np
import pytest

from tasks.synthesis.canvas import HEIGHT, WIDTH, Canvas
from tasks.synthesis.cells import Cells, Faces
from tasks.synthesis.factors import draw_face
from tasks.synthesis.palette import colour

WHITE = colour(1, 1, 1)


def blank(scale=1.0, shift=(0.0, 0.0)):
    canvas = Canvas(scale, shift)
    canvas.pixels[:] = 0
    return canvas


def test_cells_count_from_their_places_and_outwards_on_the_left():
    canvas = blank(1.03, (0.75, -1.25))
    cells = Cells([canvas], [(60.3, 100.7), (118.2, 99.1)], (5, 7, 4, 11))
    row, left, right = canvas.row(100.7), canvas.column(60.3), canvas.column(118.2)
    np.testing.assert_allclose(cells.y[0, :, 0], canvas.y[row - 5 : row + 7] - 100.7, atol=1e-4)
    np.testing.assert_allclose(cells.x[0, 0], 60.3 - canvas.x[left - 11 : left + 4][::-1], atol=1e-4)
    np.testing.assert_allclose(cells.x[1, 0], canvas.x[right - 4 : right + 11] - 118.2, atol=1e-4)


def test_every_cell_is_painted_in_its_own_colour_on_its_own_canvas():
    first, second = blank(), blank()
    cells = Cells([first, second], [(50.0, 60.0), (80.0, 90.0)], (2, 3, 4, 5))
    tones = np.array([colour(1, 0, 0), colour(0, 0.5, 0)])
    cells.lay(np.ones((2, 5, 9), np.float32), (tones, 1.0))
    cells.finish()
    assert (first.pixels[0, 58:63, 46:55] == 1).all()
    assert (second.pixels[1, 88:93, 76:85] == 0.5).all()
    assert first.pixels.sum() == 45
    assert second.pixels.sum() == 22.5


@pytest.mark.parametrize("middle", [3.0, 89.0, 174.0])
def test_what_lies_beyond_the_canvas_is_left_out(middle):
    canvas = blank()
    cells = Cells([canvas], [(middle, HEIGHT - 3.0)] * 2, (4, 9, -2, 8))
    cells.lay((cells.x > 4.5) * np.ones((2, 13, 1), np.float32), (WHITE, 1.0))
    cells.finish()
    x = np.abs(np.arange(WIDTH) - middle)
    # Left cells end a pixel before right ones do: their columns are those of the right ones, mirrored.
    expected = (x > 4.5) & (np.arange(WIDTH) - middle >= -8) & (np.arange(WIDTH) - middle < 8)
    np.testing.assert_array_equal(canvas.pixels[0, -7:] == 1, np.tile(expected, (7, 1)))
    assert (canvas.pixels[:, :-7] == 0).all()


def test_factors_stand_once_for_every_cell():
    faces = [draw_face(0, index) for index in range(3)]
    smile = Faces(faces, 2).smile
    assert smile.shape == (6, 1, 1)
    np.testing.assert_array_equal(smile.ravel(), np.repeat(np.float32([face.smile for face in faces]), 2))
