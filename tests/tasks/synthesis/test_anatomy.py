import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.synthesis.anatomy import Placement, anatomy, landmarks, placement
from tasks.synthesis.canvas import HEIGHT, WIDTH, Canvas
from tasks.synthesis.factors import draw_face
from tasks.synthesis.placing import place


@settings(deadline=None, max_examples=30)
@given(
    scale=st.floats(0.96, 1.06),
    angle=st.floats(-0.046, 0.046),
    shift=st.tuples(st.floats(-1.9, 1.9), st.floats(-1.9, 1.9)),
    point=st.tuples(st.floats(30, 150), st.floats(30, 180)),
)
def test_a_dot_of_the_drawing_lands_where_place_says(scale, angle, shift, point):
    where, canvas = Placement(scale, angle, shift), Canvas(scale)
    canvas.pixels[:] = np.exp(-0.5 * ((canvas.x - point[0]) ** 2 + (canvas.y[:, None] - point[1]) ** 2) / 9)
    picture = place(canvas.pixels, where)[0].astype(float)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    x, y = where.place(point)
    assert (picture * columns).sum() / picture.sum() == pytest.approx(x, abs=0.15)
    assert (picture * rows).sum() / picture.sum() == pytest.approx(y, abs=0.15)


def test_placing_never_shows_what_is_beyond_the_margin():
    drawing = np.zeros((3, *Canvas().pixels.shape[1:]), np.float32)
    for index in range(400):
        # It would raise.
        assert place(drawing, placement(draw_face(2, index))).shape == (3, HEIGHT, WIDTH)


def test_the_median_face_is_aligned_as_celeba_is(make_face):
    left_x, left_y, right_x, right_y, *_ = landmarks(make_face())
    assert (left_x, left_y, right_x, right_y) == (69, 112, 109, 112)


def test_parts_stand_in_order_in_every_face():
    for index in range(300):
        face = draw_face(4, index)
        parts = anatomy(face)
        assert parts.crown_y < parts.left_eye[1] < parts.nose[1] < parts.mouth[1] < parts.chin_y
        left_x, _, right_x, _, nose_x, nose_y, mouth_left, _, mouth_right, _ = landmarks(face)
        assert left_x < nose_x < right_x
        assert mouth_left < mouth_right
        assert nose_y > 120
