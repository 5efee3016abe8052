import numpy as np
import pytest
from scipy import stats
from sklearn.mixture import GaussianMixture as Reference

from tasks.sampling.samplers.gaussian_mixture import GaussianMixture, GaussianMixtureConfig
from tasks.stage.errors import InputError

TRUTH = (
    (0.3, np.array([-4.0, 0.0]), np.array([[1.0, 0.8], [0.8, 1.0]])),
    (0.7, np.array([3.0, 1.0]), np.array([[0.5, -0.3], [-0.3, 2.0]])),
)


def draw_truth(rng, n):
    chosen = rng.random(n) < TRUTH[0][0]
    parts = [rng.multivariate_normal(mean, covariance, n) for _, mean, covariance in TRUTH]
    return np.where(chosen[:, None], parts[0], parts[1])


def in_latent_space(sampler, components):
    fit = sampler.fit({"components": components})
    factor = sampler.points.axes @ fit.factor
    return fit.weight, sampler.points.mean + fit.mean @ sampler.points.axes.T, factor @ factor.transpose(0, 2, 1)


def log_likelihood(z, weight, mean, covariance):
    terms = [w * stats.multivariate_normal(m, c).pdf(z) for w, m, c in zip(weight, mean, covariance, strict=True)]
    return float(np.log(np.sum(terms, axis=0)).mean())


def sampler_of(points, **fields):
    return GaussianMixture(points, GaussianMixtureConfig(**fields), 1)


def test_two_clusters_are_found_again(points_of):
    z = draw_truth(np.random.default_rng(0), 20_000)
    weight, mean, covariance = in_latent_space(sampler_of(points_of(z)), 2)
    for c, (true_weight, true_mean, true_covariance) in zip(np.argsort(weight), TRUTH, strict=True):
        assert weight[c] == pytest.approx(true_weight, abs=0.02)
        np.testing.assert_allclose(mean[c], true_mean, atol=0.06)
        np.testing.assert_allclose(covariance[c], true_covariance, atol=0.08)


def test_unseen_points_are_as_likely_as_under_scikit_learns_own_mixture(points_of):
    rng = np.random.default_rng(1)
    z, unseen = draw_truth(rng, 4000), draw_truth(rng, 4000)
    ours = log_likelihood(unseen, *in_latent_space(sampler_of(points_of(z)), 2))
    assert ours == pytest.approx(Reference(2, random_state=0).fit(z).score(unseen), abs=0.01)
    assert ours == pytest.approx(log_likelihood(unseen, *zip(*TRUTH, strict=True)), abs=0.01)


@pytest.mark.parametrize("components", [1, 4, 10])
def test_the_mixture_has_the_points_own_mean_and_covariance(correlated, components):
    sampler = sampler_of(correlated, points_per_component=10)
    weight, mean, covariance = in_latent_space(sampler, components)
    assert len(weight) == components
    offset = mean - weight @ mean
    whole = np.einsum("c,cij->ij", weight, covariance) + np.einsum("c,ci,cj->ij", weight, offset, offset)
    n = len(correlated.z_train)
    np.testing.assert_allclose(weight @ mean, correlated.mean, atol=1e-3)
    np.testing.assert_allclose(whole, correlated.covariance * (n - 1) / n, atol=3e-3)


def test_draws_follow_the_fitted_mixture_and_have_no_order(points_of, assert_covariance):
    z = draw_truth(np.random.default_rng(0), 3000)
    points = points_of(z)
    sampler = sampler_of(points)
    draws = sampler.draw(np.random.default_rng(2), 20_000, {"components": 2})
    weight, mean, covariance = in_latent_space(sampler, 2)
    offset = mean - weight @ mean
    whole = np.einsum("c,cij->ij", weight, covariance) + np.einsum("c,ci,cj->ij", weight, offset, offset)
    assert_covariance(draws, weight @ mean, whole)
    left = draws[:, 0] < -0.8
    expected = left.mean() ** 2 + (1 - left.mean()) ** 2
    assert np.mean(left[1:] == left[:-1]) == pytest.approx(expected, abs=5 * 0.5 / np.sqrt(20_000))


def test_in_many_dimensions_with_few_points_unseen_points_are_likelier_than_under_the_bare_mixture(points_of):
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((40, 40))
    z, unseen = (rng.standard_normal((500, 40)) @ mixing for _ in range(2))
    points = points_of(z)
    chosen, weak = (log_likelihood(unseen, *in_latent_space(sampler_of(points, shrinkage=s), 5)) for s in (None, 0.01))
    one_normal = stats.multivariate_normal(points.mean, points.covariance).logpdf(unseen).mean()
    assert chosen > weak + 1
    assert chosen > one_normal - 1


def test_few_points_give_fewer_components_and_one_level_for_all_of_them(correlated):
    sampler = sampler_of(correlated)
    assert sampler.levels() == ({"components": 4},)
    assert sampler.reduced() == dict.fromkeys(["components=5", "components=10", "components=20"], "components=4")
    assert len(sampler.fit(sampler.usual()).weight) == 4
    message = (
        "components=20 is not possible: there are 400 training points, and a component needs 100; use components=4"
    )
    with pytest.raises(InputError, match=message):
        sampler.requested({"components": 20})
    assert sampler.requested({"components": 3}) == {"components": 3}


def test_ten_copies_of_every_point_are_enough_for_no_more_components_than_the_points_alone(points_of):
    z = np.repeat(np.random.default_rng(0).standard_normal((30, 3)), 10, axis=0)
    sampler = sampler_of(points_of(z), points_per_component=10, components=(2, 20))
    assert sampler.levels() == ({"components": 2}, {"components": 3})
    assert sampler.limit() == "there are 30 training points that differ, and a component needs 10"
    for level in sampler.levels():
        assert len(sampler.fit(level).weight) == level["components"]


def test_as_many_components_as_differing_points_are_all_fitted(points_of):
    z = np.repeat(np.random.default_rng(1).standard_normal((12, 2)), 25, axis=0)
    sampler = sampler_of(points_of(z), points_per_component=1, components=(12,))
    assert len(sampler.fit({"components": 12}).weight) == 12


def test_many_points_are_thinned_at_random(correlated):
    sampler = sampler_of(correlated, fitted_points=100, points_per_component=20)
    assert sampler.facts()["fitted_points"] == 100
    assert np.isfinite(sampler.draw(np.random.default_rng(0), 10, {"components": 5})).all()


def test_points_that_are_mostly_the_same_are_no_obstacle(points_of):
    z = np.zeros((300, 2))
    z[0], z[1] = [1, 0], [0, 1]
    sampler = sampler_of(points_of(z), points_per_component=20)
    assert sampler.levels() == ({"components": 1},)  # three points differ
    assert np.isfinite(sampler.draw(np.random.default_rng(0), 10, {"components": 1})).all()


def test_two_fits_are_the_same_to_the_bit(correlated):
    draws = [sampler_of(correlated).draw(np.random.default_rng(0), 100, {"components": 4}) for _ in range(2)]
    np.testing.assert_array_equal(draws[0], draws[1])
