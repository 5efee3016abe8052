import numpy as np
import pytest

from tasks.sampling.registry import fit
from tasks.sampling.sampler import draw_generator
from tasks.sampling.samplers.interpolation import Interpolation, InterpolationConfig


def draw(points, mode, t, count=60_000):
    sampler = Interpolation(points, InterpolationConfig(), 1)
    return sampler.draw(np.random.default_rng(0), count, {"mode": mode, "t": t}).astype(np.float64)


@pytest.mark.parametrize("t", [0.5, 0.2])
def test_straight_lines_keep_the_mean_and_shrink_the_covariance(correlated, assert_covariance, t):
    # Two different points of n have the covariance −C/n between them, C with ddof 1.
    factor = (1 - t) ** 2 * 399 / 400 + t**2 * 399 / 400 - 2 * t * (1 - t) / 400
    assert_covariance(draw(correlated, "linear", t), correlated.mean, factor * correlated.covariance)


@pytest.mark.parametrize("mode", ["linear", "spherical", "whitened"])
def test_at_the_ends_are_training_points(correlated, mode):
    first, second = (draw(correlated, mode, t, 50) for t in (0.0, 1.0))
    for ends in (first, second):
        distance = np.linalg.norm(ends[:, None] - correlated.z_train.all(), axis=2).min(axis=1)
        assert distance.max() < 1e-4
    assert (np.linalg.norm(first - second, axis=1) > 1e-3).all()


def test_great_circles_in_whitened_space_keep_the_mahalanobis_distance(correlated):
    first, middle, last = (
        np.linalg.norm(correlated.whiten(draw(correlated, "whitened", t, 300)), axis=1) for t in (0, 0.5, 1)
    )
    np.testing.assert_allclose(middle, (first + last) / 2, rtol=1e-4)
    straight = np.linalg.norm(correlated.whiten(draw(correlated, "linear", 0.5, 300)), axis=1)
    assert (straight < middle + 1e-4).all()
    assert straight.mean() < 0.8 * middle.mean()


def test_all_levels_go_through_the_same_pairs(correlated):
    sampler = fit("interpolation", correlated, InterpolationConfig(), 1)
    at = {
        t: sampler.draw(draw_generator(Interpolation, "interpolation", level, 3), 20, level)
        for t in (0.0, 0.5, 1.0)
        for level in ({"mode": "linear", "t": t},)
    }
    np.testing.assert_allclose(at[0.5], (at[0.0] + at[1.0]) / 2, atol=1e-5)
