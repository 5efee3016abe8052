import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tasks.synthesis.anatomy import Placement, anatomy, landmarks
from tasks.synthesis.canvas import HEIGHT, MARGIN, WIDTH, X, Y
from tasks.synthesis.factors import draw_face


@given(
    scale=st.floats(0.96, 1.06),
    angle=st.floats(-0.06, 0.06),
    shift=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    point=st.tuples(st.floats(30, 150), st.floats(30, 180)),
)
def test_a_dot_of_the_drawing_lands_where_place_says(scale, angle, shift, point):
    where = Placement(scale, angle, shift)
    dot = 255 * np.exp(-0.5 * ((X[None] - point[0]) ** 2 + (Y[:, None] - point[1]) ** 2) / 9)
    drawing = Image.fromarray(dot.astype(np.float32), "F")
    picture = np.asarray(
        drawing.transform((WIDTH, HEIGHT), Image.Transform.AFFINE, where.inverse(), Image.Resampling.BILINEAR)
    )
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    x, y = where.place(point)
    assert (picture * columns).sum() / picture.sum() == pytest.approx(x, abs=0.1)
    assert (picture * rows).sum() / picture.sum() == pytest.approx(y, abs=0.1)


def test_placing_never_shows_what_is_beyond_the_margin():
    for index in range(400):
        face = draw_face(2, index)
        a, b, c, d, e, f = Placement(face.scale, math.radians(face.tilt), (face.position_x, face.position_y)).inverse()
        for x in (0.5, WIDTH - 0.5):
            for y in (0.5, HEIGHT - 0.5):
                assert 0.5 <= a * x + b * y + c <= WIDTH + 2 * MARGIN - 0.5
                assert 0.5 <= d * x + e * y + f <= HEIGHT + 2 * MARGIN - 0.5


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
