import numpy as np
import pytest

from tasks.sampling.samplers.path import Path, PathConfig


def draw(points, along, directions=3, count=40_000):
    sampler = Path(points, PathConfig(directions=directions), 1)
    return sampler, sampler.draw(np.random.default_rng(0), count, {"along": along, "reach": 2.0})


def test_only_two_of_the_components_that_carry_the_offset_leave_the_centre(correlated):
    _, draws = draw(correlated, "offset")
    moved = np.abs(draws - correlated.centre) > 1e-5
    leading = np.argsort(-np.abs(correlated.centre))[:3]
    assert set(np.flatnonzero(moved.any(0))) == set(leading)
    assert moved.sum(1).max() == 2
    assert np.abs((draws - correlated.centre) / correlated.std).max() == pytest.approx(2, rel=1e-3)


def test_along_main_axes_the_covariance_is_that_of_uniform_pairs(correlated, assert_covariance):
    sampler, draws = draw(correlated, "axes")
    # Each of three axes takes part in two of three pairs, with the variance 2²/3 of a uniform one in [−2, 2].
    leading = correlated.axes[:, :3]
    assert_covariance(draws, correlated.mean, 2 / 3 * 4 / 3 * leading @ leading.T)
    assert sampler.facts() == {"directions": {"along=offset": 3, "along=axes": 3}}


def test_with_one_component_alone_the_plane_is_a_line(points_of):
    z = np.random.default_rng(0).standard_normal((50, 2)) + 4
    z[:, 1] = 7
    points = points_of(z)
    draws = Path(points, PathConfig(), 1).draw(np.random.default_rng(0), 2000, {"along": "offset", "reach": 2.0})
    ends = points.centre[0] + np.array([-2, 2]) * points.std[0]
    np.testing.assert_allclose([draws[:, 0].min(), draws[:, 0].max()], ends, rtol=0.01)
    assert (draws[:, 1] == 7).all()
