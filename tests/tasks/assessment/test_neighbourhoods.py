import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from tasks.assessment import distances
from tasks.assessment.distances import block_rows, distance_blocks, kth_neighbour
from tasks.assessment.neighbourhoods import Neighbourhoods, Overlap


def published(real: np.ndarray, drawn: np.ndarray, k: int) -> Overlap:
    """The formulas of Naeem et al.'s own code (github.com/clovaai/generative-evaluation-prdc), on whole matrices."""
    real_radius = np.sort(cdist(real, real), axis=1)[:, k]
    drawn_radius = np.sort(cdist(drawn, drawn), axis=1)[:, k]
    between = cdist(real, drawn)
    return Overlap(
        precision=(between < real_radius[:, None]).any(axis=0).mean(),
        recall=(between < drawn_radius[None, :]).any(axis=1).mean(),
        density=(between < real_radius[:, None]).sum(axis=0).mean() / k,
        coverage=(between.min(axis=1) < real_radius).mean(),
    )


def compared(found: Overlap, expected: Overlap) -> None:
    for name in ("precision", "recall", "density", "coverage"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-12), name


@settings(max_examples=30)
@given(st.integers(7, 60), st.integers(7, 60), st.integers(1, 6), st.integers(1, 12), st.integers(0, 2**32))
def test_they_are_the_published_formulas(m, n, k, f, seed):
    rng = np.random.default_rng(seed)
    real = rng.normal(5, 1, (m, f)).astype(np.float32)
    drawn = rng.normal(5.3, 1.2, (n, f)).astype(np.float32)
    compared(Neighbourhoods(real, k).overlap(drawn), published(real, drawn, k))


def test_blocks_change_nothing_and_bound_the_memory(monkeypatch):
    rng = np.random.default_rng(0)
    real, drawn = rng.normal(size=(3000, 8)).astype(np.float32), rng.normal(size=(500, 8)).astype(np.float32)
    whole = Neighbourhoods(real, 5).overlap(drawn)
    monkeypatch.setattr(distances, "BLOCK_BYTES", 2**20)
    tracemalloc.start()
    compared(Neighbourhoods(real, 5).overlap(drawn), whole)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20 < 8 * len(real) ** 2


def test_a_block_is_64_mib_however_many_points_there_are():
    assert block_rows(202_599) * 202_599 * 8 <= 2**26
    assert block_rows(2**40) == 1


def test_distances_are_scipys():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(50, 7)), rng.normal(size=(40, 7))
    blocks = list(distance_blocks(first, second))
    np.testing.assert_allclose(np.vstack([b for _, b in blocks]), cdist(first, second, "sqeuclidean"), atol=1e-12)
    expected = np.sort(cdist(first, first, "sqeuclidean"), axis=1)[:, 3]
    np.testing.assert_allclose(kth_neighbour(first, 3), expected, atol=1e-12)
    with pytest.raises(ValueError, match="needs more than 50 points"):
        kth_neighbour(first, 50)


def test_one_point_again_and_again_covers_nothing():
    real = np.random.default_rng(2).normal(size=(200, 5)).astype(np.float32)
    found = Neighbourhoods(real, 5).overlap(np.repeat(real[:1], 200, axis=0))
    assert found.precision == 1
    assert found.recall == 0
    # Only the few whose neighbourhood holds that one point.
    assert found.coverage < 0.1


def test_ten_copies_of_every_point_leave_neighbourhoods_without_extent():
    points = np.random.default_rng(4).normal(3, 1, (40, 6)).astype(np.float32)
    real, drawn = np.repeat(points, 10, axis=0), points + 0.01
    found = Neighbourhoods(real, 5)
    assert found.empty == 1
    assert found.overlap(drawn) == Overlap(precision=0, recall=1, density=0, coverage=0)
    assert found.overlap(real) == Overlap(precision=0, recall=0, density=0, coverage=0)
    assert Neighbourhoods(real, 10).empty == 0  # the tenth nearest is another point
    half = np.concatenate([np.repeat(points[:20], 10, axis=0), points[20:]])
    assert Neighbourhoods(half, 5).empty == 200 / 220


def test_real_against_real_is_one_but_for_what_coverage_must_miss():
    rng = np.random.default_rng(3)
    found = Neighbourhoods(rng.normal(size=(2000, 3)), 5).overlap(rng.normal(size=(2000, 3)))
    assert found.density == pytest.approx(1, abs=0.08)
    assert found.coverage == pytest.approx(1 - 2.0**-5, abs=0.02)  # Naeem et al. 2020, lemma 2, many points
