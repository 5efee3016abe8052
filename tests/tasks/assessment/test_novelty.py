import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from storage.rows import StoredRows
from tasks.assessment.novelty import Novelty
from tasks.sampling.neighbours import NeighbourIndex


def index_of(points: np.ndarray) -> NeighbourIndex:
    return NeighbourIndex(StoredRows(points))


def points(count: int, seed: int, dimension: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(5, 2, (count, dimension)).astype(np.float32)


def test_worked_example():
    known = np.array([[0, 0], [10, 0]], np.float32)
    novelty = Novelty(index_of(known), np.array([[0, 2], [10, 4]], np.float32))  # 2 and 4 away: 3 in the mean
    assert novelty(np.array([[1, 0], [9, 0], [10, 4]], np.float32)) == pytest.approx((1 + 1 + 4) / 3 / 3)


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 2**32))
def test_distances_are_those_to_the_nearest(count, dimension, seed):
    known, other = points(count, seed, dimension), points(9, seed + 1, dimension)
    found = Novelty(index_of(known), other).nearest_distance(other)
    np.testing.assert_allclose(found, cdist(other, known).min(axis=1), rtol=1e-5, atol=1e-6)


def test_copies_have_exactly_none_however_far_from_the_origin():
    known = points(200, 0) + 1000
    assert Novelty(index_of(known), points(50, 1) + 1000)(known[::3]) == 0


def test_the_unseen_themselves_have_1_and_their_like_about_1():
    known, unseen = points(400, 2), points(300, 3)
    novelty = Novelty(index_of(known), unseen)
    assert novelty(unseen) == pytest.approx(1)
    assert novelty(points(300, 4)) == pytest.approx(1, abs=0.1)
    assert novelty(points(300, 4) + 20) > 5


def test_nothing_to_measure_by_gives_nan():
    known = points(10, 5)
    novelty = Novelty(index_of(known), known[:4])
    assert np.isnan(novelty(points(5, 6)))
    assert novelty.known_already == 1


def test_the_share_of_unseen_points_that_are_known_ones():
    known = points(50, 7)
    assert Novelty(index_of(known), points(30, 8)).known_already == 0
    nearly = known[:3] * np.float32(1 + 1e-7)  # as far as rounding puts the codes of one picture apart
    assert Novelty(index_of(known), np.concatenate([nearly, points(9, 9)])).known_already == 3 / 12
