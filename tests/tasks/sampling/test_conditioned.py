import numpy as np
import pytest

from tasks.sampling.conditioned import LinearNormal
from tasks.sampling.labels import Labels
from tasks.stage.errors import InputError

NAMES = ("Male", "Beard", "Middle", "Rare")


@pytest.fixture
def labelled(points_of):
    """Points and their attributes. Beards are men's; the middle third of the last component is an attribute."""
    rng = np.random.default_rng(11)
    male = rng.random(3000) < 0.4
    beard = male & (rng.random(3000) < 0.5)
    noise = rng.standard_normal((3000, 4)) @ rng.standard_normal((4, 4))
    z = noise + np.outer(male, [3, 0, 0, 0]) + np.outer(beard, [0, 4, -2, 0]) + [5, 0, 1, -3]
    last = z[:, 3]
    middle = np.abs(last - np.median(last)) < np.quantile(np.abs(last - np.median(last)), 1 / 3)
    value = np.where(np.stack([male, beard, middle, rng.random(3000) < 0.003], axis=1), 1, -1).astype(np.int8)
    return points_of(z), Labels(NAMES, value)


@pytest.mark.parametrize("asked", [{"Beard": 1}, {"Male": 1}, {"Male": 1, "Beard": -1}, {"Middle": -1, "Male": -1}])
def test_draws_have_mean_and_covariance_of_those_with_the_attributes(labelled, asked, assert_covariance):
    points, labels = labelled
    z = LinearNormal(points, labels).draw(np.random.default_rng(0), 1000, asked)
    having = points.z_train.all()[labels.group(asked)].astype(np.float64)
    assert z.dtype == np.float32
    assert_covariance(z, having.mean(0), np.cov(having.T))
    mean, covariance = LinearNormal(points, labels).moments(asked)
    assert_covariance(points.whiten(z), mean, covariance)


def test_what_goes_with_an_attribute_is_drawn_with_it(labelled):
    """Half of the men have beards: given Male alone, both kinds are drawn, and hardly any between the two."""
    points, labels = labelled
    means = [points.z_train.all()[labels.group({"Male": 1, "Beard": side})].mean(0) for side in (-1, 1)]
    step = np.linalg.solve(points.covariance, means[1] - means[0])
    z = LinearNormal(points, labels).draw(np.random.default_rng(0), 4000, {"Male": 1})
    scores = (z - means[0]) @ step / ((means[1] - means[0]) @ step)
    assert (scores > 0.5).mean() == pytest.approx(0.5, abs=0.05)


def test_a_group_that_is_narrower_than_the_residuals_of_all_is_drawn_as_narrow(labelled):
    points, labels = labelled
    z = LinearNormal(points, labels).draw(np.random.default_rng(0), 4000, {"Middle": 1})
    narrow, wide = points.z_train.all()[labels.group({"Middle": 1})][:, 3].std(), points.std[3]
    assert narrow < 0.5 * wide
    assert z[:, 3].std() == pytest.approx(narrow, rel=0.15)


def test_a_small_group_leans_on_all_points(points_of):
    """Thirty points of an attribute without meaning cannot say how eight components are spread."""
    rng = np.random.default_rng(4)
    points = points_of(rng.standard_normal((3000, 8)))
    value = np.full((3000, 1), -1, np.int8)
    value[:30] = 1
    own = np.linalg.eigvalsh(np.cov(points.z_train.all()[:30].T))
    z = LinearNormal(points, Labels(("Rare",), value)).draw(np.random.default_rng(0), 20_000, {"Rare": 1})
    drawn = np.linalg.eigvalsh(np.cov(z.T))
    assert own[0] < 0.45, "the group's own covariance is far from that of all"
    assert own[-1] > 2
    assert np.all((drawn > 0.7) & (drawn < 1.4))


def test_the_same_seed_gives_the_same_points_in_whatever_order_attributes_are_asked(labelled):
    conditioned = LinearNormal(*labelled)
    first = conditioned.draw(np.random.default_rng(3), 20, {"Male": 1, "Middle": -1})
    np.testing.assert_array_equal(first, conditioned.draw(np.random.default_rng(3), 20, {"Middle": -1, "Male": 1}))
    assert (first != conditioned.draw(np.random.default_rng(4), 20, {"Male": 1, "Middle": -1})).all()


def test_attributes_that_go_together_or_never_vary_or_are_unknown_are_no_obstacle(labelled, assert_mean):
    points, labels = labelled
    unknown = labels.value[:, :1].copy()
    unknown[1000:2000] = 0
    value = np.hstack([unknown, labels.value[:, :1], -labels.value[:, :1], np.ones((3000, 1), np.int8)])
    conditioned = LinearNormal(points, Labels(("a", "b", "c", "d"), value))
    z = conditioned.draw(np.random.default_rng(0), 1000, {"a": 1, "d": 1})
    assert_mean(z, points.z_train.all()[unknown[:, 0] == 1].mean(0))


def test_fewer_points_than_components(points_of):
    rng = np.random.default_rng(0)
    points = points_of(rng.standard_normal((25, 40)))
    z = LinearNormal(points, Labels(("a",), np.ones((25, 1), np.int8))).draw(rng, 7, {"a": 1})
    assert np.isfinite(z).all()
    np.testing.assert_allclose(points.colour(points.whiten(z)), z, atol=1e-4, err_msg="draws left the points' span")


def test_attributes_too_rare_to_learn_from_are_refused(labelled):
    with pytest.raises(InputError, match="of 3,000 training points match: with Rare; too few to learn from"):
        LinearNormal(*labelled).draw(np.random.default_rng(0), 1, {"Rare": 1})
