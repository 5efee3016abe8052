import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.page.images import columns_for, contact_sheet


@pytest.mark.parametrize(
    ("count", "most", "columns"), [(21, 8, 7), (24, 8, 8), (20, 8, 5), (13, 8, 7), (5, 8, 5), (1, 8, 1), (9, 8, 5)]
)
def test_a_width_that_divides_the_number_of_faces(count, most, columns):
    assert columns_for(count, most) == columns


@given(st.integers(1, 400), st.integers(1, 40))
def test_no_other_width_leaves_fewer_places_empty(count, most):
    columns = columns_for(count, most)
    assert 1 <= columns <= max(most, 1)
    if count > most:
        assert all(-count % columns <= -count % other for other in range(most // 2 + 1, most + 1))


def test_a_sheet_of_21_faces_is_full():
    faces = np.full((21, 4, 4, 3), 7, np.uint8)
    sheet = np.asarray(contact_sheet(faces, columns_for(21, 8), gap=0))
    assert sheet.shape == (12, 28, 3)
    assert (sheet == 7).all()
