import numpy as np
import pytest
from scipy import linalg

from tasks.sampling.correction import local_projection, restoration


def hull_projection(z, near):
    """By least squares: the nearest point of the affine hull of ``near``."""
    offset = near[1:] - near[0]
    return near[0] + offset.T @ np.linalg.lstsq(offset.T, z - near[0], rcond=None)[0]


def test_points_go_to_the_affine_hull_of_their_nearest_training_points(points_of):
    rng = np.random.default_rng(0)
    points = points_of(rng.standard_normal((60, 8)))
    z = rng.standard_normal((20, 8)).astype(np.float32)
    found = local_projection(points, z, 4, 1e-9)
    for own, projected in zip(z.astype(np.float64), found, strict=True):
        train = points.z_train.all().astype(np.float64)
        near = train[np.argsort(((train - own) ** 2).sum(1))[:4]]
        np.testing.assert_allclose(projected, hull_projection(own, near), atol=1e-5)


def test_a_hull_that_fills_the_space_leaves_points_alone_and_a_ridge_draws_them_to_its_mean(points_of):
    rng = np.random.default_rng(0)
    points = points_of(rng.standard_normal((60, 3)))
    z = rng.standard_normal((20, 3)).astype(np.float32)
    np.testing.assert_allclose(local_projection(points, z, 10, 1e-10), z, atol=1e-5)
    rows, _ = points.neighbours.nearest(z, 10)
    np.testing.assert_allclose(local_projection(points, z, 10, 1e9), points.z_train.all()[rows].mean(1), atol=1e-5)


def test_neighbours_that_are_all_the_same_draw_points_onto_themselves(points_of):
    points = points_of(np.concatenate([np.ones((10, 3)), 50 + np.eye(3)]))
    np.testing.assert_allclose(local_projection(points, np.zeros((2, 3), np.float32), 5, 0.01), 1)


def test_one_neighbour_is_the_point_gone_to(points_of):
    points = points_of(np.eye(3) * 4)
    np.testing.assert_allclose(local_projection(points, np.float32([[3, 1, 0]]), 1, 0.01), [[4, 0, 0]])


@pytest.mark.parametrize("dimension", [1, 5])
def test_a_restored_set_has_the_mean_and_covariance_that_it_had_before(dimension):
    rng = np.random.default_rng(0)
    before = rng.standard_normal((200, dimension)) @ rng.standard_normal((dimension, dimension)) + 3
    moved = 0.3 * rng.standard_normal((200, dimension)) @ rng.standard_normal((dimension, dimension)) - 1
    restored = restoration(moved, before)(moved)
    np.testing.assert_allclose(restored.mean(0), before.mean(0), atol=1e-10)
    np.testing.assert_allclose(np.cov(restored.T), np.cov(before.T), atol=1e-9)


def test_the_map_is_that_of_optimal_transport():
    rng = np.random.default_rng(0)
    before, moved = (rng.standard_normal((300, 4)) @ rng.standard_normal((4, 4)) for _ in range(2))
    first, second = np.cov(moved.T), np.cov(before.T)
    root = linalg.sqrtm(first).real
    expected = np.linalg.inv(root) @ linalg.sqrtm(root @ second @ root).real @ np.linalg.inv(root)
    np.testing.assert_allclose(restoration(moved, before).matrix, expected, atol=1e-8)


def test_a_set_that_kept_its_spread_is_left_alone():
    z = np.random.default_rng(0).standard_normal((100, 3))
    np.testing.assert_allclose(restoration(z, z)(z), z, atol=1e-10)


def test_an_axis_without_any_spread_stays_without():
    z = np.random.default_rng(0).standard_normal((100, 3)) * [1, 0, 2] + 7
    restored = restoration(z * [0.5, 1, 0.5], z)(z * [0.5, 1, 0.5])
    np.testing.assert_allclose(restored, z, atol=1e-9)
