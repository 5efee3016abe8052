import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from tasks.sampling.mixture import (
    HELD_OUT,
    SHRINKAGES,
    all_occupied,
    fit_mixture,
    likeliest_shrinkage,
    log_density,
)

COMPONENTS, DIMENSIONS = 3, 5


def draw(n, seed):
    """Points of three overlapping normal distributions of different shapes, and which each comes from."""
    truth, rng = np.random.default_rng(0), np.random.default_rng(seed)
    kind = rng.choice(COMPONENTS, n, p=[0.2, 0.3, 0.5])
    mean = 1.5 * truth.standard_normal((COMPONENTS, DIMENSIONS))
    mixing = truth.standard_normal((COMPONENTS, DIMENSIONS, DIMENSIONS))
    return mean[kind] + np.einsum("nij,nj->ni", mixing[kind], rng.standard_normal((n, DIMENSIONS))), kind


def reference(z, start, steps):
    """scikit-learn's mixture after as many steps from the same clusters."""
    parts = [z[start == c] for c in range(COMPONENTS)]
    mixture = GaussianMixture(
        COMPONENTS,
        tol=0,
        reg_covar=0,
        max_iter=steps,
        weights_init=[len(part) / len(z) for part in parts],
        means_init=[part.mean(axis=0) for part in parts],
        precisions_init=[np.linalg.inv(np.cov(part, rowvar=False, bias=True)) for part in parts],
    )
    with pytest.warns(UserWarning, match="did not converge"):
        return mixture.fit(z)


def test_steps_are_scikit_learns():
    z, kind = draw(3000, 1)
    start = np.where(np.arange(len(z)) % 4 == 0, (kind + 1) % COMPONENTS, kind)
    ours = fit_mixture(z, start, iterations=4, shrinkage=1e-9)
    theirs = reference(z, start, 3)
    np.testing.assert_allclose(ours.weight, theirs.weights_, rtol=1e-3)
    np.testing.assert_allclose(ours.mean, theirs.means_, atol=2e-3)
    np.testing.assert_allclose(ours.covariance, theirs.covariances_, atol=5e-3)
    total = np.logaddexp.reduce(log_density(z.astype(np.float32), ours), axis=1)
    np.testing.assert_allclose(total, theirs.score_samples(z), atol=0.02)


def test_shrinking_draws_the_covariances_together_and_leaves_the_mixtures_own():
    z, kind = draw(2000, 2)
    none, half, all_of_it = (fit_mixture(z, kind, 1, shrinkage) for shrinkage in (1e-9, 0.5, 1.0))
    np.testing.assert_allclose(all_of_it.covariance[0], all_of_it.covariance[1], rtol=1e-6)
    np.testing.assert_allclose(half.covariance, (none.covariance + all_of_it.covariance) / 2, atol=1e-4)
    for mixture in (none, half, all_of_it):
        offset = mixture.mean - mixture.weight @ mixture.mean
        total = np.einsum("c,cij->ij", mixture.weight, mixture.covariance)
        total += np.einsum("c,ci,cj->ij", mixture.weight, offset, offset)
        np.testing.assert_allclose(total, np.cov(z, rowvar=False, bias=True), atol=1e-3)


def test_empty_clusters_get_the_points_farthest_from_their_own_centre():
    z = np.array([[0.0], [1.0], [9.0], [20.0]])
    labels = np.array([0, 0, 0, 1], np.int32)
    # Cluster 1 keeps its only point, however far that lies; of the others 9 is farthest from its centre, then 1.
    occupied = all_occupied(labels, z, np.array([[0.0], [50.0], [3.0], [4.0]]))
    np.testing.assert_array_equal(occupied, [0, 3, 2, 1])
    np.testing.assert_array_equal(all_occupied(labels, z, np.array([[0.0], [50.0]])), labels)


def test_the_shrinkage_is_the_one_that_makes_held_out_points_likeliest():
    z, kind = draw(120, 3)
    z = z.astype(np.float32)
    seen = np.arange(len(z)) % HELD_OUT != HELD_OUT - 1

    def likelihood(shrinkage):
        mixture = fit_mixture(z[seen], kind[seen], 1, shrinkage)
        return np.logaddexp.reduce(log_density(z[~seen], mixture), axis=1).mean()

    chosen = likeliest_shrinkage(z, np.eye(COMPONENTS, dtype=np.float32)[kind])
    assert likelihood(chosen) == max(map(likelihood, SHRINKAGES))


def test_many_points_of_different_shapes_are_hardly_shrunk_and_points_of_one_shape_are():
    z, kind = draw(20_000, 4)
    assert fit_mixture(z, kind, 30, None).shrinkage <= 0.02
    same = np.random.default_rng(0).standard_normal((2000, 40))
    assert fit_mixture(same, np.arange(2000) % 8, 30, None).shrinkage >= 0.5


@pytest.mark.parametrize("shrinkage", [None, 0.01])
@pytest.mark.parametrize(("axes", "seed"), [(239, 4), (239, 10), (200, 6)])
def test_hardly_more_points_than_axes_are_fitted(axes, seed, shrinkage):
    """240 points of so many axes: a component of fewer points than axes has a singular covariance."""
    z = np.random.default_rng(seed).standard_normal((240, axes)) * np.exp(-np.arange(axes) / 20)
    z[:120] *= 1e-3
    value, vector = np.linalg.eigh(np.cov(z, rowvar=False))
    kept = value > 1e-6 * value[-1]
    w = (z - z.mean(axis=0)) @ vector[:, kept] / np.sqrt(value[kept])
    mixture = fit_mixture(w, np.arange(240) % 5, 30, shrinkage)
    for covariance in mixture.covariance:
        factor = np.linalg.cholesky(covariance)
        np.testing.assert_allclose(factor @ factor.T, covariance, atol=1e-6)
    assert np.isfinite(log_density(w.astype(np.float32), mixture)).all()
