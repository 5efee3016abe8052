import numpy as np
import pytest

from tasks.sampling.samplers.manifold_parzen import ManifoldParzen, ManifoldParzenConfig
from tasks.stage.errors import InputError


def neighbourhood_moment(z, i, k):
    """Second moment about z_i of its k nearest others, as defined: a (d, d) matrix."""
    toward = np.delete(z, i, axis=0) - z[i]
    nearest = toward[np.argsort((toward**2).sum(1))[:k]]
    return nearest.T @ nearest / k


@pytest.mark.parametrize(("k", "bandwidth"), [(3, 1.0), (7, 0.5)])
def test_noise_about_each_point_has_the_second_moment_of_its_neighbours(points_of, assert_mean, k, bandwidth):
    rng = np.random.default_rng(0)
    # Clusters a million apart, so that each draw tells which cluster it comes from.
    z = np.concatenate([rng.standard_normal((10, 3)) + shift for shift in (-(2.0**20), 0, 2.0**20)])
    points = points_of(z)
    z = points.z_train.all().astype(np.float64)
    draws = ManifoldParzen(points, ManifoldParzenConfig(), 1).draw(
        np.random.default_rng(1), 60_000, {"k": k, "bandwidth": bandwidth}
    )
    middle = draws[np.abs(draws[:, 0]) < 1000].astype(np.float64)
    assert len(middle) == pytest.approx(20_000, abs=5 * np.sqrt(60_000 * 2 / 9))
    own = range(10, 20)
    expected = np.mean([np.outer(z[i], z[i]) + bandwidth**2 * neighbourhood_moment(z, i, k) for i in own], axis=0)
    assert_mean(middle, z[10:20].mean(0))
    assert_mean(middle[:, :, None] * middle[:, None, :], expected)


def test_draws_stay_in_the_plane_of_a_points_neighbours(points_of):
    rng = np.random.default_rng(0)
    z = np.zeros((60, 3))
    z[:30, :2] = rng.standard_normal((30, 2))
    z[30:, 1:] = rng.standard_normal((30, 2))
    z[30:, 0] = 100
    draws = ManifoldParzen(points_of(z), ManifoldParzenConfig(), 1).draw(
        np.random.default_rng(1), 500, {"k": 20, "bandwidth": 1.0}
    )
    left = draws[:, 0] < 50
    assert (draws[left, 2] == 0).all()
    assert (draws[~left, 0] == 100).all()
    assert 150 < left.sum() < 350


def test_more_draws_than_a_block_all_move(correlated):
    draws = ManifoldParzen(correlated, ManifoldParzenConfig(), 1).draw(
        np.random.default_rng(1), 2500, {"k": 5, "bandwidth": 1.0}
    )
    assert len(np.unique(draws, axis=0)) == 2500


def test_few_points_give_smaller_neighbourhoods_of_their_own_name(points_of):
    sampler = ManifoldParzen(points_of(np.eye(3)), ManifoldParzenConfig(k=(20, 10), bandwidth=(1.0, 0.5)), 1)
    assert sampler.levels() == ({"k": 2, "bandwidth": 1.0}, {"k": 2, "bandwidth": 0.5})
    assert sampler.reduced()["k=20,bandwidth=0.5"] == "k=2,bandwidth=0.5"
    draws = sampler.draw(np.random.default_rng(0), 20, sampler.levels()[0])
    np.testing.assert_allclose(draws.sum(1), 1, atol=1e-5)
    assert sampler.requested({"bandwidth": 0.5}) == {"k": 2, "bandwidth": 0.5}
    with pytest.raises(InputError, match="k=20 is not possible: a training point has 2 others; use k=2"):
        sampler.requested({"k": 20})
