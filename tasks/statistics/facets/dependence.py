"""Correlations beyond the matrix: its blocks, partial correlations, and what chance would show."""

from __future__ import annotations

import numpy as np

from tasks.statistics.dependence import (
    BLOCK,
    blocks,
    chance_over,
    clustered_order,
    largest_by_chance,
    partial_correlation,
)
from tasks.statistics.facet import Cloud, Facet
from tasks.statistics.results import MATRIX

LISTED = 20
SURE = 0.999
"""Probability with which no pair of independent components reaches the |R| of a block."""
THRESHOLDS = tuple(round(0.1 * k, 1) for k in range(1, 10))


def measure(cloud: Cloud) -> Facet | None:
    """None for fewer than two components that vary."""
    analysis = cloud.analysis
    varies, count = analysis.train.varies, int(analysis.train.count)
    if varies.sum() < 2:
        return None
    partial = partial_correlation(analysis.inverse.precision, varies)
    upper = np.triu_indices(len(varies), k=1)
    known = np.isfinite(partial[upper])
    first, second = upper[0][known], upper[1][known]
    plain, direct = analysis.correlation[first, second], partial[first, second]
    order = np.argsort(-np.abs(direct), kind="stable")[:LISTED]
    beyond_chance = largest_by_chance(len(plain), count, SURE) if count > 2 else 1.0
    block = blocks(analysis.correlation, varies, max(BLOCK, beyond_chance))
    facts = {
        "points": count,
        "blocks": np.bincount(block[block >= 0]).tolist(),
        "block_least": max(BLOCK, beyond_chance),
        "pairs": len(plain),
        "over": [
            {
                "threshold": threshold,
                "found": int(np.sum(np.abs(plain) > threshold)),
                "partial": int(np.sum(np.abs(direct) > threshold)),
                "by_chance": chance_over(threshold, count) * len(plain),
            }
            for threshold in THRESHOLDS
        ],
        "largest_by_chance": largest_by_chance(len(plain), count),
        "partial_largest": float(np.abs(direct).max()),
        "partial_root_mean_square": float(np.sqrt(np.mean(direct**2))),
        "root_mean_square": float(np.sqrt(np.mean(plain**2))),
        "root_mean_square_by_chance": float(1 / np.sqrt(count - 1)),
        "strongest_partial": [
            {"components": [int(first[k]), int(second[k])], "partial": float(direct[k]), "plain": float(plain[k])}
            for k in order
        ],
    }
    arrays = {
        "correlation_block": (block, ("component",)),
        "correlation_order": (clustered_order(analysis.correlation, varies), ("component",)),
        "partial_correlation": (partial, MATRIX),
    }
    return Facet(arrays, facts)
