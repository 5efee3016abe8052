import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import pareto
from sklearn.datasets import make_swiss_roll
from sklearn.neighbors import NearestNeighbors

from tasks.statistics.intrinsic_dimension import (
    FEWEST,
    intrinsic_dimensions,
    inverse_likelihood,
    likelihood,
    two_nearest,
)
from tasks.statistics.neighbours import nearest_others, normal_like, unbiased_covariance


def hyperplane(count: int, seed: int, draw: str = "uniform") -> np.ndarray:
    """Points of a cube, or a normal distribution, of five dimensions that lies aslant in twenty."""
    rng = np.random.default_rng(seed)
    frame = np.linalg.qr(rng.standard_normal((20, 5)))[0]
    return getattr(rng, draw)(size=(count, 5)) @ frame.T + 7


def test_neighbours_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    points = 1000 + rng.standard_normal((800, 12))
    rows, distance = nearest_others(points, 9)
    known, found = NearestNeighbors(n_neighbors=9).fit(points).kneighbors()
    np.testing.assert_array_equal(rows, found)
    np.testing.assert_allclose(distance, known, rtol=1e-9)
    some = np.array([5, 700, 33])
    np.testing.assert_array_equal(nearest_others(points, 9, some)[0], found[some])


def test_a_duplicate_is_another_point_but_the_point_itself_is_not():
    points = np.array([[0.0], [0.0], [0.0], [5.0]])
    rows, distance = nearest_others(points, 2)
    assert rows.tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]
    assert distance.tolist() == [[0, 0], [0, 0], [0, 0], [5, 5]]
    with pytest.raises(ValueError, match="k is 4, expected 1 to 3"):
        nearest_others(points, 4)


def test_a_point_among_many_duplicates_is_never_its_own_neighbour():
    rows, _ = nearest_others(np.zeros((200, 3)), 5)
    assert not np.any(rows == np.arange(200)[:, None])


def test_a_flat_piece_of_five_dimensions_has_five():
    found = intrinsic_dimensions(hyperplane(6000, 1, "normal"))
    assert found.two_nearest.dimension == pytest.approx(5, abs=0.4)
    assert found.likelihood.dimension == pytest.approx(5, abs=0.4)


def test_the_faces_of_a_cube_lower_the_estimate_that_looks_farther():
    found = intrinsic_dimensions(hyperplane(6000, 1))
    assert found.two_nearest.dimension == pytest.approx(5, abs=0.4)
    assert 4.5 < found.likelihood.dimension < found.two_nearest.dimension


def test_a_rolled_up_sheet_has_two():
    found = intrinsic_dimensions(make_swiss_roll(3000, random_state=2)[0])
    assert found.two_nearest.dimension == pytest.approx(2, abs=0.2)
    assert found.likelihood.dimension == pytest.approx(2, abs=0.2)


def test_the_ratio_of_distances_in_d_dimensions_is_a_pareto_variable_of_shape_d():
    ratio = np.log(pareto.ppf((np.arange(20_000) + 0.5) / 20_000, 7))
    assert two_nearest(np.random.default_rng(0).permutation(ratio)) == pytest.approx(7, rel=1e-3)


def test_the_likelihood_is_the_formula_written_out():
    points = np.random.default_rng(3).standard_normal((90, 4))
    distance = np.sort(cdist(points, points), axis=1)[:, 1:]
    by_k = []
    for k in range(10, 21):
        inverse = [sum(np.log(own[k - 1] / own[j - 1]) for j in range(1, k)) / (k - 1) for own in distance]
        by_k.append(1 / np.mean(inverse))
    found = intrinsic_dimensions(points).likelihood.dimension
    assert found == pytest.approx(np.mean(by_k), rel=1e-9)
    assert likelihood(inverse_likelihood(distance[:, :20])) == pytest.approx(found, rel=1e-9)


def test_the_standard_error_is_how_far_estimates_of_new_samples_scatter():
    rng = np.random.default_rng(4)
    found = [intrinsic_dimensions(rng.standard_normal((500, 3))) for _ in range(60)]
    for name in ("two_nearest", "likelihood"):
        values = np.array([getattr(one, name) for one in found])
        assert 0.7 < values[:, 1].mean() / values[:, 0].std(ddof=1) < 1.4


def test_duplicates_are_dropped():
    points = hyperplane(400, 5)
    twice = np.concatenate([points, points[:150]])
    assert intrinsic_dimensions(twice) == intrinsic_dimensions(points)


@pytest.mark.parametrize("points", [np.zeros((500, 3)), np.random.default_rng(0).standard_normal((FEWEST - 1, 3))])
def test_too_few_distinct_points_have_no_dimension(points):
    assert intrinsic_dimensions(points) is None


def test_points_on_a_line_have_one():
    points = np.random.default_rng(1).uniform(size=(2000, 1))
    assert intrinsic_dimensions(points).likelihood.dimension == pytest.approx(1, abs=0.05)


def test_points_of_a_lattice_have_no_distance_ratio_and_do_not_fail():
    lattice = np.stack(np.meshgrid(*[np.arange(12.0)] * 2), axis=-1).reshape(-1, 2)
    assert np.isnan(intrinsic_dimensions(lattice).two_nearest.dimension)


def test_the_covariances_of_independent_components_are_put_down_to_chance():
    rng = np.random.default_rng(6)
    scale = np.linspace(1, 3, 30)
    off = ~np.eye(30, dtype=bool)
    samples = [np.cov(rng.standard_normal((60, 30)) * scale, rowvar=False) for _ in range(20)]
    kept = np.mean([np.sum(unbiased_covariance(one, 60)[off] ** 2) / np.sum(one[off] ** 2) for one in samples])
    assert kept < 0.1


def test_the_squares_of_covariances_are_unbiased_and_variances_kept():
    rng = np.random.default_rng(7)
    mixing = np.linalg.cholesky(0.4 * np.ones((8, 8)) + 0.6 * np.eye(8))
    off = ~np.eye(8, dtype=bool)
    samples = [np.cov(rng.standard_normal((40, 8)) @ mixing.T, rowvar=False) for _ in range(3000)]
    squares = np.mean([np.sum(unbiased_covariance(one, 40)[off] ** 2) for one in samples])
    assert squares == pytest.approx(56 * 0.4**2, rel=0.03)
    np.testing.assert_allclose(np.diagonal(unbiased_covariance(samples[0], 40)), np.diagonal(samples[0]))


def test_the_normal_sample_has_the_covariance_it_is_like():
    mixing = np.array([[2.0, 0, 0], [1, 1, 0], [0, 0.5, 3]])
    covariance = mixing @ mixing.T
    sample = normal_like(covariance, 10**9, 200_000, np.random.default_rng(8))
    np.testing.assert_allclose(np.cov(sample, rowvar=False), covariance, atol=0.1)
