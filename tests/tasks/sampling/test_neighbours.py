import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from storage.rows import StoredRows
from tasks.sampling.neighbours import NeighbourIndex
from tests.in_blocks import InBlocks


def brute_force(points, queries, k):
    distance = np.sqrt(((queries[:, None].astype(np.float64) - points[None].astype(np.float64)) ** 2).sum(-1))
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return order, np.take_along_axis(distance, order, 1)


@settings(max_examples=25)
@given(st.integers(1, 80), st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32), st.sampled_from([0, 1000]))
def test_neighbours_are_those_of_brute_force(count, queries, dimension, seed, offset):
    rng = np.random.default_rng(seed)
    points = (rng.standard_normal((count, dimension)) + offset).astype(np.float32)
    asked = (rng.standard_normal((queries, dimension)) + offset).astype(np.float32)
    k = int(rng.integers(1, count + 1))
    rows, distance = NeighbourIndex(StoredRows(points)).nearest(asked, k)
    expected_rows, expected_distance = brute_force(points, asked, k)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(distance, expected_distance, rtol=1e-12)
    assert rows.dtype == np.int64


def test_more_queries_than_a_block_are_all_answered():
    rng = np.random.default_rng(0)
    points, asked = rng.standard_normal((50, 3)).astype(np.float32), rng.standard_normal((2500, 3)).astype(np.float32)
    found = NeighbourIndex(StoredRows(points)).nearest(asked, 4)
    np.testing.assert_array_equal(found[0], brute_force(points, asked, 4)[0])


def test_ties_go_to_the_lower_row_and_copies_are_at_distance_zero():
    points = np.array([[1, 0], [0, 1], [-1, 0], [0, 0]], np.float32)
    rows, distance = NeighbourIndex(StoredRows(points)).nearest(np.zeros((1, 2), np.float32), 3)
    assert rows.tolist() == [[3, 0, 1]]
    assert distance.tolist() == [[0, 1, 1]]


def test_others_leave_out_the_point_itself_but_not_its_duplicates():
    points = np.array([[0], [0], [1], [5]], np.float32)
    (near,) = NeighbourIndex(StoredRows(points)).others(np.array([0, 1, 2, 3]), 2)
    assert near.rows.tolist() == [[1, 2], [0, 2], [0, 1], [2, 0]]
    assert near.distance.tolist() == [[0, 1], [0, 1], [1, 1], [4, 5]]
    assert near.points[..., 0].tolist() == [[0, 1], [0, 1], [0, 0], [1, 0]]


def test_others_among_many_duplicates_never_contain_the_point_itself():
    points = np.zeros((40, 2), np.float32)
    rows = np.arange(40)
    (near,) = NeighbourIndex(StoredRows(points)).others(rows, 3)
    others = near.rows
    assert others.shape == (40, 3)
    assert not (others == rows[:, None]).any()


@pytest.mark.parametrize("k", [0, 4])
def test_more_neighbours_than_points_are_refused(k):
    with pytest.raises(ValueError, match="expected 1 to 3"):
        NeighbourIndex(StoredRows(np.zeros((3, 2), np.float32))).nearest(np.zeros((1, 2), np.float32), k)


def test_nearest_is_that_of_all_distances() -> None:
    rng = np.random.default_rng(0)
    points = (rng.standard_normal((300, 6)) + 50).astype(np.float32)
    queries = (rng.standard_normal((40, 6)) + 50).astype(np.float32)
    search = NeighbourIndex(StoredRows(points))
    assert search.distance(queries) == pytest.approx(cdist(queries, points).min(axis=1), rel=1e-4)
    assert (search.distance(points[:9]) == 0).all()
    others = cdist(points[:9], points)
    others[np.arange(9), np.arange(9)] = np.inf
    assert search.distance(points[:9], left_out=np.arange(9)) == pytest.approx(others.min(axis=1), rel=1e-4)


@settings(max_examples=15)
@given(st.integers(30, 80), st.integers(1, 20), st.integers(0, 2**32), st.booleans())
def test_points_in_blocks_have_the_neighbours_of_points_in_memory(count, k, seed, whole_numbers):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((count, 3)).astype(np.float32)
    asked = rng.standard_normal((25, 3)).astype(np.float32)
    if whole_numbers:
        points, asked = points.round(), asked.round()  # So that many are equally far.
    whole, blocks = NeighbourIndex(StoredRows(points)), NeighbourIndex(InBlocks(points))
    np.testing.assert_array_equal(blocks.distance(asked), whole.distance(asked))
    for found, expected in zip(blocks.near(asked, k), whole.near(asked, k), strict=True):
        np.testing.assert_array_equal(found.distance, expected.distance)
        np.testing.assert_array_equal(found.points, points[found.rows])
        if not whole_numbers:
            np.testing.assert_array_equal(found.rows, expected.rows)
    left_out = rng.integers(0, count, 9)
    np.testing.assert_array_equal(
        blocks.distance(points[left_out], left_out), whole.distance(points[left_out], left_out)
    )
