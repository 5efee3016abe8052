"""Findings about correlations between components."""

from __future__ import annotations

import math

from scipy.stats import norm

from tasks.finished.numbers import CHANCE, Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import short

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


def blocks(numbers: Numbers) -> Finding | None:
    """Whether correlated components form groups, or the correlations are spread thinly over all."""
    facts = numbers.summary.get("dependence")
    if not facts or facts.get("blocks") is None:
        return None
    sizes, least = facts["blocks"], facts["block_least"]
    if not sizes:
        text = "No groups of components go together."
    elif len(sizes) == 1:
        text = f"{sizes[0]} components go together as one group."
    else:
        text = f"{sum(sizes)} components go together in {len(sizes)} groups, the largest of {max(sizes)}."
    own, chance, partial = (
        facts.get(name) for name in ("root_mean_square", "root_mean_square_by_chance", "partial_root_mean_square")
    )
    detail = f"A group has a mean |correlation| of at least {least:.2f} inside."
    if own is not None and chance is not None and partial is not None:
        detail += (
            f" All pairs together have a root mean square correlation of {short(own)}, by chance {short(chance)}; with "
            f"all other components held fixed {short(partial)}."
        )
    return Finding("blocks", "correlations", text, detail)


FINDERS = (dependence, blocks)
