from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kurtosis

from tasks.reporting.topics.heldout import NAMES
from tasks.statistics.headline import figures, reference_of


@pytest.fixture(scope="module")
def both() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((8, 8)) + 2 * np.eye(8)
    return rng.standard_normal((900, 8)) @ mixing + 5, rng.standard_normal((4000, 8)) @ mixing + 5


def test_figures_agree_with_numpy_and_scipy(both) -> None:
    points, rest = both
    found = figures(points, reference_of(rest))
    covariance, mean = np.cov(rest, rowvar=False), rest.mean(axis=0)
    precision = np.linalg.inv(covariance)
    distance = cdist(points, mean[None], "mahalanobis", VI=precision)[:, 0]
    origin = cdist(points.mean(axis=0)[None], np.zeros((1, 8)), "mahalanobis", VI=precision)[0, 0]
    variances = np.linalg.eigh(covariance)[1][:, ::-1].T @ np.cov(points, rowvar=False)
    variances = np.diagonal(variances @ np.linalg.eigh(covariance)[1][:, ::-1])
    upper = np.triu_indices(8, 1)
    own, other = (np.corrcoef(z, rowvar=False)[upper] for z in both)
    expected = {
        "radius": np.linalg.norm(points, axis=1).mean(),
        "radius_spread": np.linalg.norm(points, axis=1).std(ddof=1),
        "origin": origin,
        "mahalanobis": distance.mean(),
        "mahalanobis_spread": distance.std(ddof=1),
        "excess_kurtosis": np.median(kurtosis(points, axis=0)),
        "total_variance": points.var(axis=0, ddof=1).sum(),
        "participation_ratio": variances.sum() ** 2 / np.sum(variances**2),
        "variance_inflation": np.sum(points.var(axis=0, ddof=1) * np.diagonal(precision)),
        "correlation": np.sqrt(np.mean(own**2)),
        "correlation_difference": np.sqrt(np.mean((own - other) ** 2)),
        "nearest_training_point": cdist(points, rest).min(axis=1).mean(),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    # A whole number of axes reaches the share: the fraction lies just below it.
    whole = int(np.searchsorted(np.cumsum(variances), 0.9 * variances.sum())) + 1
    assert whole - 1 < found["axes_for_90"] <= whole


def test_normal_points_have_a_normal_distributions_figures(both) -> None:
    points, rest = both
    found = figures(points, reference_of(rest))
    # Standard errors over 900 points: of a share of 0.975 some 0.005, of a median ratio of 8 components some 0.03.
    assert found["body"] == pytest.approx(0.975, abs=0.02)
    assert found["half_width_ratio"] == pytest.approx(np.sqrt(2 * np.log(2)), abs=0.1)
    assert found["excess_kurtosis"] == pytest.approx(0, abs=0.3)
    assert found["mean_shift"] < 0.3


def test_equal_axes_hold_equal_shares() -> None:
    corners = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T
    found = figures(corners, reference_of(np.concatenate([corners, 2 * corners])))
    assert found["axes_for_90"] == pytest.approx(3.6)
    assert found["participation_ratio"] == pytest.approx(4)
    assert found["correlation"] == pytest.approx(0, abs=1e-12)


def test_a_constant_component_and_a_single_one_do_not_fail() -> None:
    rng = np.random.default_rng(1)
    for points in (rng.standard_normal((40, 1)), np.column_stack([rng.standard_normal((40, 2)), np.full(40, 3.0)])):
        found = figures(points, reference_of(points))
        assert np.isfinite(found["mahalanobis"])
        assert np.isnan(found["two_nearest"])


def test_every_figure_has_a_name_in_the_report(both) -> None:
    assert set(figures(both[0], reference_of(both[1]))) == set(NAMES)
