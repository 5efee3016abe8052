from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import MinCovDet

from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core import (
    core_members,
    core_share_of_normal,
    minimum_covariance_determinant,
    robust_location_scatter,
)
from tasks.statistics.core_fit import CoreFit, fit_core
from tasks.statistics.covariance import whitening_factor
from tasks.statistics.distance import mahalanobis


def contaminated(seed: int = 0, bad: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """1,500 points in 5 dimensions of which the first ``bad`` lie far off, and the covariance of the others."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((5, 5)) + 2 * np.eye(5)
    z = rng.standard_normal((1500, 5)) @ mixing + 4
    z[:bad] = rng.standard_normal((bad, 5)) * 0.5 + 40
    return z, mixing.T @ mixing


def test_outliers_move_neither_location_nor_scatter() -> None:
    z, covariance = contaminated()
    robust = robust_location_scatter(z)
    np.testing.assert_allclose(robust.location, 4, atol=0.4)
    shape = robust.scatter / np.linalg.det(robust.scatter) ** 0.2
    np.testing.assert_allclose(shape, covariance / np.linalg.det(covariance) ** 0.2, atol=0.15 * np.abs(shape).max())
    members = core_members(z, robust.location, whitening_factor(robust.scatter), 0.975)
    assert not members[:300].any()
    assert members[300:].mean() > 0.95


def test_a_normal_sample_keeps_its_975_permille() -> None:
    z = np.random.default_rng(1).standard_normal((8000, 4)) * [1, 10, 0.1, 3] + 5
    robust = robust_location_scatter(z)
    members = core_members(z, robust.location, whitening_factor(robust.scatter), 0.975)
    assert members.mean() == pytest.approx(0.975, abs=0.006)
    np.testing.assert_allclose(np.sqrt(np.diagonal(robust.scatter)), [1, 10, 0.1, 3], rtol=0.06)
    assert core_share_of_normal(8000, 4, 0.75, 0.975, 3) == pytest.approx(0.975, abs=0.006)


def test_the_determinant_is_as_small_as_random_starts_find_it() -> None:
    z, _ = contaminated(seed=2)
    x = z / z.std(axis=0)
    reference = MinCovDet(support_fraction=0.75, random_state=0).fit(x)
    expected = np.linalg.slogdet(np.cov(x[reference.raw_support_], rowvar=False))[1]
    best = minimum_covariance_determinant(x, int(reference.raw_support_.sum()))
    assert best.log_determinant <= expected + 0.01


def test_concentration_ends_at_a_fixed_point() -> None:
    z, _ = contaminated(seed=3)
    best = minimum_covariance_determinant(z, 1125)
    chosen = np.argsort(mahalanobis(z, best.mean, whitening_factor(best.covariance)))[:1125]
    np.testing.assert_allclose(z[chosen].mean(axis=0), best.mean, rtol=1e-9)
    np.testing.assert_allclose(np.cov(z[chosen], rowvar=False), best.covariance, rtol=1e-7)


def test_the_core_follows_a_change_of_units_and_place() -> None:
    z, _ = contaminated(seed=4)
    robust = robust_location_scatter(z)
    scale, shift = np.array([1e-3, 1.0, 50.0, 2.0, 7.0]), np.array([5.0, 0.0, -3.0, 100.0, 1.0])
    moved = robust_location_scatter(z * scale + shift)
    np.testing.assert_allclose(moved.location, robust.location * scale + shift, rtol=1e-8)
    np.testing.assert_allclose(moved.scatter, robust.scatter * np.outer(scale, scale), rtol=1e-7)


def test_one_component() -> None:
    z = np.random.default_rng(5).standard_normal((500, 1)) * 2 + 1
    z[:50] = 100
    robust = robust_location_scatter(z)
    assert robust.location[0] == pytest.approx(1, abs=0.3)
    assert np.sqrt(robust.scatter[0, 0]) == pytest.approx(2, rel=0.2)


def test_points_in_a_hyperplane_have_no_core() -> None:
    z = np.random.default_rng(6).standard_normal((400, 3))
    z[:350, 2] = z[:350, 0]
    with pytest.raises(ValueError, match="hyperplane"):
        robust_location_scatter(z)
    fit = fit_core(z, 400, AnalyseConfig())
    assert fit.location is None
    assert "hyperplane" in fit.reason


def test_few_points_have_no_core() -> None:
    z = np.random.default_rng(7).standard_normal((50, 10))
    assert "not more than 5" in fit_core(z, 50, AnalyseConfig()).reason
    assert fit_core(np.random.default_rng(7).standard_normal((51, 10)), 51, AnalyseConfig()).reason == ""


def test_a_fit_survives_being_stored() -> None:
    fit = fit_core(np.random.default_rng(8).standard_normal((300, 3)), 300, AnalyseConfig())
    back = CoreFit.of_arrays(fit.arrays())
    np.testing.assert_array_equal(back.location, fit.location)
    assert (back.points, back.steps, back.share_of_normal, back.reason) == (300, fit.steps, fit.share_of_normal, "")
