"""Findings about correlations between components."""

from __future__ import annotations

import math

from scipy.stats import norm

from tasks.reporting.findings.finding import CHANCE, Evidence, Finding, Numbers, at, short

ORDER = 50


def dependence(numbers: Numbers) -> Finding | None:
    """Whether components are correlated at all, and how far independent drawing would lead away."""
    largest, pairs = (at(numbers.summary, "correlation", name) for name in ("largest", "pairs"))
    images = at(numbers.summary, "images", "train")
    if largest is None or not pairs or not images or images < 5:
        return None
    # Fisher's transform, Bonferroni over all pairs.
    limit = math.tanh(float(norm.isf(CHANCE / 2 / pairs)) / math.sqrt(images - 3))
    inflation, independent = (
        numbers.summary.get(name) for name in ("variance_inflation_sum", "variance_inflation_independent_sum")
    )
    detail = (
        f"The largest |correlation| of {pairs:,} pairs is {largest:.2f}; among independent components chance reaches "
        f"{limit:.2f}."
    )
    bars: tuple[Evidence, ...] = ()
    if largest <= limit:
        text = "No evidence that the components are correlated."
    else:
        text = "The components are correlated, though that takes independent draws hardly away from real points."
    if inflation and independent:
        detail += (
            f" Drawn independently with their own variances, points would have a mean d_M² of {short(inflation)}; "
            f"without any correlation it would be {short(independent)}."
        )
        bars = (Evidence("independent draw", inflation), Evidence("if uncorrelated", independent))
        if largest > limit and inflation > 1.2 * independent:
            text = (
                f"The components are correlated: drawn independently, points land {short(inflation / independent)} "
                "times as far out, in squared Mahalanobis distance."
            )
    return Finding("dependence", "correlations", text, detail, bars, "mean squared Mahalanobis distance")


FINDERS = (dependence,)
