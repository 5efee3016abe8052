"""How well drawn points can be told from held-out ones by classifiers that have not seen them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

Float64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TREES = {"max_iter": 30, "learning_rate": 0.2, "max_leaf_nodes": 8, "max_bins": 31, "early_stopping": False}
"""Small trees on few bins: enough for the marginal distributions and the pairs of axes that a draw gets wrong."""


class Apart(NamedTuple):
    """Area under the ROC curve, 0.5 where nothing tells the points apart, and share of points told rightly."""

    auc: float
    accuracy: float


def auc(score: Float64, positive: Flags) -> float:
    """The probability that a positive has the higher ``score`` (n,), ties counted half (Mann–Whitney)."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    ones = int(positive.sum())
    total = float(rank[inverse.reshape(-1)][positive].sum()) - ones * (ones + 1) / 2
    return total / (ones * (len(score) - ones))


def _told(score: Float64, positive: Flags, threshold: float) -> Apart:
    return Apart(auc(score, positive), float(((score > threshold) == positive).mean()))


def by_neighbours(squared: Float64, k: int) -> Apart:
    """By a vote of the ``k`` nearest others, each point left out in turn.

    squared: (2n, 2n) squared distances of all points, the first half drawn, the second held out (Schilling 1986, J. Am.
    Stat. Assoc. 81, 799–806; Lopez-Paz & Oquab 2017, arXiv 1610.06545).
    """
    count = len(squared) // 2
    drawn = np.arange(2 * count) < count
    away = squared.copy()
    np.fill_diagonal(away, np.inf)
    nearest = np.argpartition(away, k - 1, axis=1)[:, :k]
    return _told(drawn[nearest].mean(axis=1), drawn, 0.5)


def by_trees(drawn: Float64, held_out: Float64, folds: int, seed: int) -> Apart:
    """By gradient-boosted trees on whitened coordinates (n, r) and their squared length, by cross-validation."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    w = np.concatenate([drawn, held_out]).astype(np.float32)
    w = np.column_stack([w, np.square(w).sum(axis=1)])
    positive = np.arange(len(w)) < len(drawn)
    rng = np.random.default_rng(seed)
    # As many of either side in every fold.
    fold = np.concatenate([rng.permutation(np.arange(len(side)) % folds) for side in (drawn, held_out)])
    score = np.empty(len(w))
    with threadpool_limits(1, user_api="openmp"):
        for number in range(folds):
            test = fold == number
            model = HistGradientBoostingClassifier(**TREES, random_state=seed).fit(w[~test], positive[~test])
            score[test] = model.decision_function(w[test])
    return _told(score, positive, 0.0)
