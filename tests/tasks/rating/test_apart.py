"""How well two sets of points are told apart, where one knows how well they can be."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from tasks.rating.apart import auc, by_neighbours, by_trees
from tasks.rating.distances import squared_distances

N = 400


def test_auc_is_that_of_mann_and_whitney_and_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    score, positive = rng.integers(0, 5, 200).astype(float), rng.random(200) < 0.4
    found = auc(score, positive)
    ones, zeros = score[positive], score[~positive]
    assert found == pytest.approx(mannwhitneyu(ones, zeros).statistic / (len(ones) * len(zeros)))
    assert found == pytest.approx(roc_auc_score(positive, score))


@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_both_classifiers_tell_what_differs_and_nothing_else(shift: float) -> None:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((N, 4)) + np.array([shift, 0, 0, 0]), rng.standard_normal((N, 4))
    trees = by_trees(first, second, 3, 0)
    neighbours = by_neighbours(squared_distances(np.concatenate([first, second])), 5)
    for found in (trees, neighbours):
        if shift:
            # The best possible: Φ(3/√2) = 0.983.
            assert 0.93 < found.auc < 0.995
            assert found.accuracy > 0.85
        else:
            assert abs(found.auc - 0.5) < 0.07  # Three standard errors.


def test_neighbours_see_a_hole_that_no_single_axis_shows() -> None:
    rng = np.random.default_rng(2)
    disc = rng.standard_normal((N, 2))
    ring = rng.standard_normal((N, 2))
    ring *= 1.5 / np.linalg.norm(ring, axis=1, keepdims=True)
    assert by_neighbours(squared_distances(np.concatenate([disc, ring])), 5).auc > 0.85


def test_the_same_seed_gives_the_same_folds() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((2, 60, 3))
    assert by_trees(first, second, 3, 5) == by_trees(first, second, 3, 5)
