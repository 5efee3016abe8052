import numpy as np
import pytest
from scipy.spatial.distance import cdist

from storage.rows import StoredRows
from tasks.assessment import copies
from tasks.assessment.copies import NEAREST, Copies
from tasks.sampling.neighbours import NeighbourIndex


def index_of(points: np.ndarray) -> NeighbourIndex:
    return NeighbourIndex(StoredRows(points))


def cloud(count: int, seed: int, features: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(5, 1, (count, features)).astype(np.float32)


def test_the_threshold_is_the_quantile_of_leave_one_out_distances():
    known, drawn = cloud(300, 0), cloud(500, 1)
    apart = cdist(known, known) + np.diag(np.full(300, np.inf))
    threshold = np.quantile(apart.min(axis=1) ** 2, NEAREST)
    found = Copies(index_of(known))
    assert found.threshold == pytest.approx(threshold, rel=1e-3)
    assert found(drawn) == (cdist(drawn, known).min(axis=1) ** 2 <= threshold).mean()


def test_copies_are_copies_and_new_draws_are_as_near_as_known_ones_to_each_other():
    known = cloud(3000, 2)
    found = Copies(index_of(known))
    assert found(known[:400]) == 1
    assert found(cloud(3000, 3)) == pytest.approx(0.05, abs=0.015)
    assert found(cloud(400, 4) + 30) == 0


def test_a_known_point_with_a_little_noise_is_a_copy():
    # As manifold_parzen makes with too small a bandwidth.
    known = cloud(2000, 5)
    noise = np.random.default_rng(6).standard_normal(known.shape).astype(np.float32)
    shares = [Copies(index_of(known))(known + bandwidth * noise) for bandwidth in (0.05, 0.2, 1.0)]
    assert shares[0] > 0.95
    assert shares[1] > 0.3
    assert shares[2] < 0.1


def test_images_that_the_data_have_twice_do_not_hide_copies():
    known = cloud(1000, 7)
    twice = np.concatenate([known, known[:200]])
    assert Copies(index_of(twice)).threshold == pytest.approx(Copies(index_of(known)).threshold, rel=0.15)
    assert Copies(index_of(twice))(known[:300]) == 1
    assert Copies(index_of(twice))(cloud(2000, 8)) == pytest.approx(0.05, abs=0.02)


def test_where_all_are_the_same_only_that_one_is_a_copy():
    known = np.repeat(cloud(1, 9), 40, axis=0)
    found = Copies(index_of(known))
    assert found(known[:5]) == 1
    assert found(known[:5] + 0.1) == 0


def test_many_are_judged_by_some_of_them(monkeypatch):
    known, drawn = cloud(3000, 10), cloud(2000, 11)
    whole = Copies(index_of(known))
    monkeypatch.setattr(copies, "COMPARED", 1000)
    some = Copies(index_of(known))
    assert some.threshold == pytest.approx(whole.threshold, rel=0.1)
    assert some(drawn) == pytest.approx(whole(drawn), abs=0.02)
    assert some(known) == 1
