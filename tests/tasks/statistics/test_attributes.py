from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, pointbiserialr
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from tasks.statistics.attributes import auc_by_chance, discriminant, mean_shift, point_biserial, read_out, unit


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.standard_normal((800, 5)) @ rng.standard_normal((5, 5)) + 3


@pytest.fixture(scope="module")
def has(points) -> np.ndarray:
    """Three attributes: of the first component with noise, of none, and a rare one."""
    rng = np.random.default_rng(2)
    noisy = points[:, 0] + rng.standard_normal(800) > 4
    return np.column_stack([noisy, rng.random(800) < 0.5, rng.random(800) < 0.05])


def sums_of(points: np.ndarray, has: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y = points - points.mean(axis=0)
    sides = [has, ~has]
    return np.array([side.sum(axis=0) for side in sides]), np.array([side.T @ y for side in sides])


def test_shift_is_the_difference_of_means(points, has):
    shift = mean_shift(*sums_of(points, has))
    for index in range(3):
        own = has[:, index]
        np.testing.assert_allclose(shift[index], points[own].mean(axis=0) - points[~own].mean(axis=0))


def test_correlation_is_that_of_scipy(points, has):
    count, total = sums_of(points, has)
    found = point_biserial(mean_shift(count, total), count, points.var(axis=0))
    expected = [[pointbiserialr(own, column).statistic for column in points.T] for own in has.T]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_an_attribute_that_all_have_has_no_shift(points):
    count, total = sums_of(points, np.ones((800, 1), bool))
    shift = mean_shift(count, total)
    assert np.isnan(shift).all()
    assert np.isnan(point_biserial(shift, count, points.var(axis=0))).all()
    assert np.isnan(unit(shift)).all()


def test_component_without_variance_correlates_with_nothing():
    found = point_biserial(np.zeros((1, 2)), np.array([[3], [4]]), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(found, [[np.nan, 0.0]])


def test_direction_is_that_of_fisher(points, has):
    """The covariance of all points gives the direction that the one within the classes gives."""
    shift = mean_shift(*sums_of(points, has))
    direction, length = discriminant(shift, np.linalg.inv(np.cov(points.T)))
    for index in range(3):
        fisher = LinearDiscriminantAnalysis(solver="lsqr").fit(points, has[:, index]).coef_[0]
        cosine = direction[index] @ fisher / np.linalg.norm(direction[index]) / np.linalg.norm(fisher)
        assert cosine == pytest.approx(1, abs=1e-9)
        difference = shift[index] @ np.linalg.solve(np.cov(points.T), shift[index])
        assert length[index] == pytest.approx(np.sqrt(difference))


@pytest.mark.parametrize("places", [6, 0])
def test_reading_is_that_of_scikit_learn(points, has, places):
    """Also where rounding makes many scores equal."""
    score = np.round(points[:, 0] - 3.2, places) + (0.25 if places == 0 else 0.0)
    found = read_out(score, has[:, 0])
    assert found.auc == pytest.approx(roc_auc_score(has[:, 0], score))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(has[:, 0], score > 0))


def test_scores_that_are_all_the_same_tell_nothing(has):
    assert read_out(np.zeros(800), has[:, 0]) == (0.5, 0.5)


def test_chance_is_that_of_the_rank_sum_test():
    """An AUC at the limit for one attribute has the one-sided probability given; more attributes push it up."""
    rng = np.random.default_rng(3)
    score, own = rng.standard_normal(500), np.arange(500) < 120
    test = mannwhitneyu(score[own], score[~own], alternative="greater", use_continuity=False, method="asymptotic")
    assert auc_by_chance(120, 380, 1, test.pvalue) == pytest.approx(read_out(score, own).auc, abs=1e-9)
    assert auc_by_chance(120, 380, 40, 0.001) > auc_by_chance(120, 380, 1, 0.001) > 0.5
    assert auc_by_chance(1, 1, 40, 0.001) == 1
