from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tasks.statistics.heldout import compare, figures, fold_size, holm, reference_of


def correlated(rng: np.random.Generator, count: int, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    mixing = np.random.default_rng(3).standard_normal((8, 8)) + 2 * np.eye(8)
    return scale * rng.standard_normal((count, 8)) @ mixing + shift + 5


def test_figures_agree_with_numpy_and_scipy() -> None:
    rng = np.random.default_rng(0)
    fold, rest = correlated(rng, 120), correlated(rng, 700)
    found = figures(fold, reference_of(rest))
    covariance, mean = np.cov(rest, rowvar=False), rest.mean(axis=0)
    distance = cdist(fold, mean[None], "mahalanobis", VI=np.linalg.inv(covariance))[:, 0]
    assert found["mahalanobis"] == pytest.approx(distance.mean())
    assert found["mahalanobis_spread"] == pytest.approx(distance.std(ddof=1))
    assert found["radius"] == pytest.approx(np.linalg.norm(fold, axis=1).mean())
    assert found["total_variance"] == pytest.approx(fold.var(axis=0, ddof=1).sum())
    assert found["nearest_training_point"] == pytest.approx(cdist(fold, rest).min(axis=1).mean())
    gap = (np.corrcoef(fold, rowvar=False) - np.corrcoef(rest, rowvar=False))[np.triu_indices(8, 1)]
    assert found["correlation_difference"] == pytest.approx(np.sqrt(np.mean(gap**2)))


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.5])), [0.04, 0.09, 0.09, 0.5])


def test_equal_sides_differ_no_more_often_than_the_level_says() -> None:
    rejected = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = compare(correlated(rng, 600), correlated(rng, 300), rng)
        rejected += any(one.p < 0.05 for one in found.values())
    # Holm bounds the chance of any rejection by 5 %: 60 draws give 9 or more with a probability below 0.4 %.
    assert rejected <= 8


@pytest.mark.parametrize(
    ("scale", "shift", "figure"), [(1.0, 3.0, "mean_shift"), (1.3, 0.0, "mahalanobis"), (1.3, 0.0, "total_variance")]
)
def test_a_difference_is_found(scale: float, shift: float, figure: str) -> None:
    rng = np.random.default_rng(1)
    found = compare(correlated(rng, 2000), correlated(rng, 1000, scale, shift), rng)
    assert found[figure].p < 0.001
    assert found[figure].heldout > found[figure].train


def test_memorised_training_points_are_seen() -> None:
    """Held-out points that copy training points lie too near to them."""
    rng = np.random.default_rng(2)
    training = correlated(rng, 2000)
    copies = training[:1000] + 0.01 * rng.standard_normal((1000, 8))
    found = compare(training, copies, rng)
    assert found["nearest_training_point"].p < 0.001
    assert found["nearest_training_point"].standard_errors < 0


def test_too_few_points_are_not_compared() -> None:
    assert fold_size(299, 1000) == 0
    assert fold_size(1000, 149) == 0
    assert fold_size(2000, 400) == 80
    assert compare(np.zeros((20, 2)), np.zeros((5, 2)), np.random.default_rng(0)) is None
