import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.spatial.distance import cdist
from scipy.stats import pearsonr

from tasks.statistics.locality import Locality, alike, difference, locality, plane_angle
from tasks.statistics.neighbours import normal_like

ANCHORS, K, AXES = 150, 20, 5


def compared(points: np.ndarray, samples: int = 7, seed: int = 0):
    """Each figure's difference between points and normal samples of their covariance."""
    rng = np.random.default_rng(seed)
    covariance, count = np.cov(points, rowvar=False), len(points)

    def look(sample):
        return locality(sample, rng.choice(count, ANCHORS, replace=False), K, AXES)

    own, normal = look(points), [look(normal_like(covariance, count, count, rng)) for _ in range(samples)]
    return {
        name: difference(getattr(own, name), np.array([getattr(one, name) for one in normal]))
        for name in Locality._fields
    }


def test_the_figures_of_one_neighbourhood_written_out():
    points = np.random.default_rng(1).standard_normal((120, 6)) @ np.random.default_rng(2).standard_normal((6, 6))
    anchors = np.array([3, 77, 50])
    found = locality(points, anchors, 15, 4)
    covariance = np.cov(points, rowvar=False)
    upper, leading = np.triu_indices(6, 1), np.linalg.eigh(covariance)[1][:, ::-1]
    for place, anchor in enumerate(anchors):
        near = points[np.argsort(cdist(points[[anchor]], points)[0])[1:16]]
        eigenvalue, axes = np.linalg.eigh(np.cov(near, rowvar=False))
        assert found.dimension[place] == pytest.approx(eigenvalue.sum() ** 2 / np.sum(eigenvalue**2))
        assert found.variance_share[place] == pytest.approx(eigenvalue.sum() / np.trace(covariance))
        angles = subspace_angles(axes[:, -3:], leading[:, :3])
        assert np.cos(np.radians(found.angle[place])) ** 2 == pytest.approx(np.mean(np.cos(angles) ** 2))
        local = np.corrcoef(near @ leading[:, :4], rowvar=False)[np.triu_indices(4, 1)]
        assert found.strength[place] == pytest.approx(np.sqrt(np.mean(local**2)))
        own, overall = (np.corrcoef(part, rowvar=False)[upper] for part in (near, points))
        assert found.likeness[place] == pytest.approx(pearsonr(own, overall).statistic)


@pytest.mark.parametrize("decay", [1.0, 0.85])
def test_neighbourhoods_of_normal_points_are_not_told_from_those_of_a_normal_sample(decay):
    rng = np.random.default_rng(3)
    turned = np.linalg.qr(rng.standard_normal((24, 24)))[0]
    found = compared(rng.standard_normal((900, 24)) * decay ** np.arange(24) @ turned)
    assert all(one.probability > 0.005 for one in found.values())


def test_by_chance_no_more_than_one_in_twenty_is_below_a_twentieth():
    rng = np.random.default_rng(4)
    medians = rng.standard_normal((4000, 8, 1))
    below = [difference(own[0], own[1:]).probability < 0.05 for own in medians]
    assert np.mean(below) == pytest.approx(0.05, abs=0.012)


def test_near_by_a_curved_sheet_is_flat():
    rng = np.random.default_rng(5)
    u, v = rng.uniform(0, 5, 1200), rng.uniform(0, 1, 1200)
    sheet = np.stack([np.cos(u), np.sin(u), v, np.sin(4 * v)], axis=1) @ rng.standard_normal((4, 8))
    found = compared(sheet + 0.01 * rng.standard_normal((1200, 8)))
    assert found["dimension"].median < 2.1
    assert found["dimension"].median < found["dimension"].normal
    assert found["variance_share"].median < found["variance_share"].normal
    assert found["strength"].median > found["strength"].normal
    assert all(found[name].probability < 0.001 for name in ("dimension", "variance_share", "strength"))


def test_blobs_with_correlations_of_their_own_have_others_than_the_whole():
    rng = np.random.default_rng(6)
    shape = rng.standard_normal((12, 8, 8)) * [1, 0.5, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]
    blob = rng.integers(0, 12, 1500)
    points = 3 * rng.standard_normal((12, 8))[blob]
    found = compared(points + np.einsum("nij,nj->ni", shape[blob], rng.standard_normal((1500, 8))))
    assert found["dimension"].median < found["dimension"].normal
    assert found["strength"].median > found["strength"].normal
    assert found["likeness"].median < found["likeness"].normal
    assert all(found[name].probability < 0.001 for name in ("dimension", "strength", "likeness"))


def test_a_plane_within_the_leading_axes_makes_no_angle_and_one_across_makes_a_right_one():
    rng = np.random.default_rng(7)
    y = np.zeros((2, 10, 8))
    y[0, :, :3], y[1, :, 4:7] = rng.standard_normal((2, 10, 3))
    np.testing.assert_allclose(plane_angle(y, np.eye(8)), [0, 90], atol=1e-5)
    assert np.isnan(plane_angle(np.zeros((1, 10, 8)), np.eye(8)))[0]


def test_likeness_leaves_out_what_is_not_known():
    first = np.array([[1.0, 2, np.nan, 4, 7], [1, 1, 1, 1, 1], [np.nan] * 3 + [1, 2]])
    second = np.array([[2.0, 1, 9, 3, 5]] * 3)
    found = alike(first, second)
    assert found[0] == pytest.approx(pearsonr([1, 2, 4, 7], [2, 1, 3, 5]).statistic)
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("components", [2, 3])
def test_duplicates_and_few_components_do_not_fail(components):
    points = np.repeat(np.random.default_rng(8).standard_normal((4, components)), 40, axis=0)
    found = locality(points, np.arange(30), 10, 10)
    assert np.isnan(found.dimension).all()
    assert (found.variance_share == 0).all()
    assert difference(found.dimension, np.zeros((3, 30))) is None
