"""Do held-out points lie as training points do? Every headline figure over disjoint folds of either side.

What each figure is stands in ``headline.py``.

A fold of training points is measured against the training points outside it, a held-out fold against the same ones:
so neither is measured against points that it helped to fit, and figures that depend on n are alike in both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_ind

from tasks.statistics.headline import figures, reference_of

Floats = npt.NDArray[np.float64]

FOLDS = 10
FEWEST = 30
"""Points in a fold, at least."""


class Comparison(NamedTuple):
    """One figure: its mean over the folds of either side, their difference in standard errors, and a p-value.

    p: two-sided, Welch's t over folds, adjusted for the number of figures (Holm 1979).
    """

    train: float
    heldout: float
    standard_errors: float
    p: float


def fold_size(training: int, heldout: int) -> int:
    """Points in a fold: a tenth of the training points or a fifth of the held-out ones; 0 if that is too few."""
    size = min(training // FOLDS, heldout // (FOLDS // 2))
    return size if size >= FEWEST else 0


def compare(training: Floats, heldout: Floats, rng: np.random.Generator) -> dict[str, Comparison] | None:
    """Each headline figure of ``training`` (n, v) beside that of ``heldout`` (h, v); None for too few points."""
    size = fold_size(len(training), len(heldout))
    if size == 0:
        return None
    order, held = rng.permutation(len(training)), rng.permutation(len(heldout))
    own: list[dict[str, float]] = []
    others: list[dict[str, float]] = []
    for k in range(FOLDS):
        inside, outside = order[k * size : (k + 1) * size], np.delete(order, slice(k * size, (k + 1) * size))
        reference = reference_of(training[np.sort(outside)])
        own.append(figures(training[inside], reference))
        if (k + 1) * size <= len(held):
            others.append(figures(heldout[held[k * size : (k + 1) * size]], reference))
    return _tested(own, others)


def _tested(own: list[dict[str, float]], others: list[dict[str, float]]) -> dict[str, Comparison]:
    compared = {}
    for name in own[0]:
        first, second = np.array([fold[name] for fold in own]), np.array([fold[name] for fold in others])
        if not (np.isfinite(first).all() and np.isfinite(second).all()):
            continue
        error = float(np.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second)))
        gap = float(second.mean() - first.mean())
        known = error > 1e-12 * max(abs(first.mean()), 1e-300)
        p = float(ttest_ind(first, second, equal_var=False).pvalue) if known else 1.0
        compared[name] = Comparison(float(first.mean()), float(second.mean()), gap / error if known else 0.0, p)
    adjusted = holm(np.array([one.p for one in compared.values()]))
    return {name: one._replace(p=float(p)) for (name, one), p in zip(compared.items(), adjusted, strict=True)}


def holm(p: Floats) -> Floats:
    """p-values (m,) adjusted so that the chance of any false rejection is bounded (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
