import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN, HDBSCAN

from tasks.statistics.fragmentation import (
    LEVELS,
    cluster_sizes,
    component_sizes,
    neighbour_links,
    regions,
    telling_level,
)


def two_normals(first: int, second: int, gap: float, dimensions: int = 4) -> np.ndarray:
    points = np.random.default_rng(1).standard_normal((first + second, dimensions))
    points[first:, 0] += gap
    return points


@pytest.mark.parametrize(("count", "dimensions"), [(300, 10), (1500, 5), (1500, 2)])
def test_one_normal_is_one_region(count, dimensions):
    found = regions(np.random.default_rng(0).standard_normal((count, dimensions)), 15)
    assert found.clusters.tolist() == [1, 1, 1, 1]
    assert found.components == 1
    assert found.share > 0.95


def test_two_separated_normals_are_two_regions_with_their_shares():
    found = regions(two_normals(700, 300, 30), 15)
    assert found.components == 2
    assert found.share == pytest.approx(0.7, abs=0.02)
    # The smaller group is thinner: of the densest quarter too few of its points are left to make a cluster.
    assert found.clusters[1:].tolist() == [2, 2, 2]
    assert sum(found.sizes[-1]) == 900
    assert found.joined[-1] == pytest.approx(0.7, abs=0.05)


def test_scikit_learn_finds_the_same_clusters_where_they_are_clear():
    apart = two_normals(300, 0, 0)
    apart[:, 1] += 50
    points = np.concatenate([two_normals(500, 400, 40), apart])
    found = regions(points, 15).sizes[-1]
    others = (DBSCAN(eps=1.5, min_samples=15), HDBSCAN(min_cluster_size=50, copy=True))
    for other in others:
        label = other.fit_predict(points)
        sizes = np.sort(np.bincount(label[label >= 0]))[::-1]
        assert len(found) == len(sizes) == 3
        np.testing.assert_allclose(np.array(found) / sum(found), sizes / sizes.sum(), atol=0.04)


def test_touching_normals_come_apart_among_the_densest_points_only():
    points = two_normals(1000, 800, 5.5)
    found = regions(points, 15)
    assert found.components == 1
    assert found.clusters.max() == 2


def test_a_level_keeps_the_densest_points_and_joins_neighbours_among_them():
    points = np.random.default_rng(2).standard_normal((60, 2))
    radius = np.sort(cdist(points, points), axis=1)[:, 5]
    kept = np.argsort(radius)[:30]
    between = cdist(points[kept], points[kept])
    np.fill_diagonal(between, np.inf)
    linked = between <= np.sort(between, axis=1)[:, [2]]
    reached = np.linalg.matrix_power((linked | linked.T | np.eye(30, dtype=bool)).astype(float), 30) > 0
    expected = sorted({frozenset(np.flatnonzero(row)) for row in reached}, key=len, reverse=True)
    sizes, joined = cluster_sizes(points, radius, 0.5, 3)
    assert list(sizes) == [len(own) for own in expected if len(own) >= 5]
    assert joined == len(expected[0]) / 30


def test_components_of_a_graph_drawn_by_hand():
    links = neighbour_links(np.array([[1], [0], [1], [4], [3]]))
    assert links.toarray().tolist()[2] == [0, 1, 0, 0, 0]
    assert component_sizes(links).tolist() == [3, 2]
    assert component_sizes(links.multiply(links.T).tocsr()).tolist() == [2, 2, 1]


def test_a_level_tells_only_where_it_has_more_clusters_than_every_normal_sample():
    normal = np.array([[3, 1, 1, 1], [1, 1, 1, 1]])
    assert telling_level(np.array([3, 1, 1, 1]), normal) is None
    assert telling_level(np.array([3, 2, 2, 1]), normal) == 2
    assert telling_level(np.array([4, 2, 2, 1]), normal) == 0


@pytest.mark.parametrize("points", [np.zeros((80, 3)), np.arange(6.0)[:, None], np.repeat(np.eye(3), 30, axis=0)])
def test_duplicates_and_few_points_do_not_fail(points):
    found = regions(points, 4)
    assert len(found.clusters) == len(found.joined) == len(LEVELS)
    assert np.all((found.joined > 0) & (found.joined <= 1))
