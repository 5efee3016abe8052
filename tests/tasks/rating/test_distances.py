"""Distances between sets of points beside SciPy's and closed forms."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

from tasks.rating.distances import coverage, energy_distance, sliced_wasserstein, squared_distances


def test_squared_distances_are_scipys() -> None:
    points = np.random.default_rng(0).standard_normal((50, 3)) + 1000
    assert squared_distances(points) == pytest.approx(cdist(points, points, "sqeuclidean"), abs=1e-8)


def test_energy_distance_has_no_bias() -> None:
    rng = np.random.default_rng(0)
    found = [energy_distance(squared_distances(rng.standard_normal((80, 5)))) for _ in range(60)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(60)
    # Two points at distance 3 from two others, each pair at one place: 2·3 − 0 − 0.
    assert energy_distance(squared_distances(np.array([[0.0], [0.0], [3.0], [3.0]]))) == pytest.approx(6)


def test_sliced_wasserstein_on_a_line_is_scipys() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((70, 1)), 2 * rng.standard_normal((70, 1)) + 1
    expected = wasserstein_distance(first[:, 0], second[:, 0])
    assert sliced_wasserstein(first, second, 8, rng) == pytest.approx(expected)


def test_coverage_of_half_of_two_clusters_is_a_half() -> None:
    rng = np.random.default_rng(0)
    clusters = np.concatenate([rng.standard_normal((50, 2)), rng.standard_normal((50, 2)) + 100])
    drawn = rng.standard_normal((100, 2))
    assert coverage(squared_distances(np.concatenate([drawn, clusters])), 5) == pytest.approx(0.5, abs=0.06)
    assert coverage(squared_distances(np.concatenate([clusters, clusters])), 5) == 1
