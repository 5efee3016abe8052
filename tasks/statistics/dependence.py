"""What lies in a correlation matrix: blocks, direct dependences, and how much of it chance alone would show."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

Floats = npt.NDArray[np.float64]


BLOCK = 0.3
"""Mean |R| of its components from which a group counts as a block, unless chance alone reaches further."""


def _distances(correlation: Floats, index: npt.NDArray[np.intp]) -> Floats:
    """1 − |R| of the components ``index`` (v,) in SciPy's condensed form."""
    distance = 1 - np.abs(correlation[np.ix_(index, index)])
    distance = np.maximum((distance + distance.T) / 2, 0)
    np.fill_diagonal(distance, 0)
    return np.asarray(squareform(distance, checks=False))


def clustered_order(correlation: Floats, varies: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Components (d,) in an order that puts strongly correlated ones side by side; constant ones last.

    Average linkage on 1 − |R|, leaves in the optimal order (Bar-Joseph, Gifford & Jaakkola 2001).
    """
    index = np.flatnonzero(varies)
    if len(index) > 2:
        distance = _distances(correlation, index)
        index = index[leaves_list(optimal_leaf_ordering(linkage(distance, "average"), distance))]
    return np.concatenate([index, np.flatnonzero(~varies)]).astype(np.int64)


def blocks(correlation: Floats, varies: npt.NDArray[np.bool_], least: float = BLOCK) -> npt.NDArray[np.int64]:
    """The block (d,) of each component, from 0, the largest first; −1 for components that are in none.

    The average linkage of ``clustered_order`` goes on while the mean |R| between what it joins is ``least`` or more.
    """
    block, index = np.full(len(varies), -1, np.int64), np.flatnonzero(varies)
    if len(index) < 2:
        return block
    label = fcluster(linkage(_distances(correlation, index), "average"), 1 - least, "distance")
    values, first, size = np.unique(label, return_index=True, return_counts=True)
    ranked = [k for k in np.lexsort((first, -size)) if size[k] > 1]
    for place, k in enumerate(ranked):
        block[index[label == values[k]]] = place
    return block


def partial_correlation(precision: Floats, varies: npt.NDArray[np.bool_]) -> Floats:
    """−Ω_ij / sqrt(Ω_ii Ω_jj) (d, d): of two components with all others held fixed; NaN where one is constant."""
    scale = np.sqrt(np.where(varies, np.diagonal(precision), np.nan))
    partial = -precision / np.outer(scale, scale)
    np.fill_diagonal(partial, np.where(varies, 1.0, np.nan))
    return np.asarray(np.clip(partial, -1.0, 1.0))


def _squared_by_chance(count: int) -> Any:
    """The distribution of R² of two independent normal components over ``count`` points: Beta(1/2, (n − 2)/2)."""
    # Late, as it takes a second, which a report without this distribution can do without.
    from scipy.stats import beta

    return beta(0.5, (count - 2) / 2)


def chance_over(threshold: float, count: int) -> float:
    """Probability that |R| of two independent normal components exceeds ``threshold`` over ``count`` points."""
    return float(_squared_by_chance(count).sf(threshold**2)) if count > 2 else 1.0


def largest_by_chance(pairs: int, count: int, probability: float = 0.5) -> float:
    """|R| that the largest of ``pairs`` independent pairs stays below with ``probability``."""
    if pairs == 0 or count <= 2:
        return float("nan")
    return float(np.sqrt(_squared_by_chance(count).isf(-np.expm1(np.log(probability) / pairs))))


def participation_ratio(eigenvalue: Floats) -> float:
    """(Σλ)² / Σλ²: as how many equally strong axes the spectrum counts; NaN without variance."""
    total = float(np.sum(eigenvalue))
    return total**2 / float(np.sum(np.square(eigenvalue))) if total > 0 else float("nan")


def independent_spectra(components: int, count: int, repeats: int, rng: np.random.Generator) -> Floats:
    """Eigenvalues (repeats, v), descending, of correlations of ``count`` independent normal points in v dimensions.

    The scatter is drawn as L Lᵀ (Bartlett 1933; Anderson 2003, sec. 7.2): no points are needed. Where they are fewer
    than that takes, they are drawn.
    """
    spectra = np.empty((repeats, components))
    for one in range(repeats):
        if count > components:
            factor = np.tril(rng.standard_normal((components, components)), -1)
            np.fill_diagonal(factor, np.sqrt(rng.chisquare(count - 1 - np.arange(components))))
        else:
            points = rng.standard_normal((components, count))
            factor = points - points.mean(axis=1, keepdims=True)
        factor /= np.linalg.norm(factor, axis=1, keepdims=True)
        spectra[one] = np.linalg.eigvalsh(factor @ factor.T)[::-1]
    return spectra
