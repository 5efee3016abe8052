from __future__ import annotations

import numpy as np
import pytest

from tasks.statistics.heldout import compare, fold_size, holm


def correlated(rng: np.random.Generator, count: int, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    mixing = np.random.default_rng(3).standard_normal((8, 8)) + 2 * np.eye(8)
    return scale * rng.standard_normal((count, 8)) @ mixing + shift + 5


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.5])), [0.04, 0.09, 0.09, 0.5])


def test_equal_sides_differ_no_more_often_than_the_level_says() -> None:
    rejected = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = compare(correlated(rng, 600), correlated(rng, 300), rng)
        rejected += any(one.p < 0.05 for one in found.values())
    # Holm bounds the chance of any rejection by 5 %: 40 draws give 7 or more with a probability below 0.4 %.
    assert rejected <= 6


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
