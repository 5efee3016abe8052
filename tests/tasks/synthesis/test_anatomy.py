import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.synthesis.anatomy import Placement, anatomy, landmarks, placement
from tasks.synthesis.canvas import HEIGHT, STEPS, WIDTH, Canvas
from tasks.synthesis.factors import draw_face


@settings(max_examples=30)
@given(
    scale=st.floats(0.96, 1.06),
    angle=st.floats(-0.046, 0.046),
    shift=st.tuples(st.integers(-7, 7), st.integers(-7, 7)),
    point=st.tuples(st.floats(30, 150), st.floats(30, 180)),
)
def test_a_dot_of_the_drawing_lands_where_place_says(scale, angle, shift, point):
    where = Placement(scale, angle, (shift[0] / STEPS, shift[1] / STEPS))
    canvas = Canvas(scale, where.shift, math.tan(angle))
    x0, y0 = canvas.turned(point)
    dot = np.exp(-0.5 * ((canvas.x - x0) ** 2 + (canvas.y[:, None] - y0) ** 2) / 9).astype(float)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    x, y = where.place(point)
    assert (dot * columns).sum() / dot.sum() == pytest.approx(x, abs=0.15)
    assert (dot * rows).sum() / dot.sum() == pytest.approx(y, abs=0.15)


def test_faces_are_shifted_by_steps_that_the_canvas_has():
    for index in range(400):
        face = draw_face(2, index)
        where = placement(face)
        # It would raise.
        Canvas(where.scale, where.shift)
        assert all((step * STEPS).is_integer() for step in where.shift)
        assert where.shift[0] == pytest.approx(face.position_x, abs=0.5 / STEPS)


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
