"""Findings about the autoencoder and its latent space, from the statistics' scalars."""

from __future__ import annotations

import math
from typing import Any

from scipy.stats import f, norm

from tasks.reporting.findings.finding import Evidence, Finding, Numbers, percent, short

CHANCE = 0.001
"""Probability below which something is not put down to chance."""

NORMAL_RATIO = math.sqrt(2 * math.log(2))


def _at(facts: dict[str, Any], *path: str) -> Any:
    """The value at ``path`` in nested facts; None where any step is absent or undefined."""
    value: Any = facts
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def autoencoder(numbers: Numbers) -> Finding | None:
    """Held-out error against a PCA with as many components."""
    own, linear = (_at(numbers.yardstick, model, "mse") for model in ("autoencoder", "pca"))
    if not own or not linear:
        return None
    ratio = own / linear
    if ratio < 0.98:
        text = f"The autoencoder reconstructs better than a PCA of the same size: {percent(1 - ratio)} less error."
    elif ratio <= 1.02:
        text = "The autoencoder reconstructs about as well as a PCA of the same size."
    else:
        text = f"The autoencoder does not reach a PCA of the same size: {percent(ratio - 1)} more error."
        text += " More training may help."
    return Finding(
        "autoencoder",
        "autoencoder",
        text,
        f"Held-out mean squared error {short(own)} against {short(linear)}.",
        (Evidence("autoencoder", own), Evidence("PCA", linear)),
        "held-out MSE per pixel, lower is better",
    )


def offset(numbers: Numbers) -> Finding | None:
    """Whether the mean differs from the origin (Hotelling's T²), by how much, and through which components."""
    distance, images = _at(numbers.summary, "origin", "mahalanobis"), _at(numbers.summary, "images", "train")
    typical = _at(numbers.summary, "mahalanobis", "train", "mean")
    varying = numbers.dimension - len(numbers.summary.get("constant_components") or [])
    if distance is None or typical is None or not images or images <= varying + 1:
        return None
    statistic = (images - varying) / (varying * (images - 1)) * images * distance**2
    by_chance = float(f.sf(statistic, varying, images - varying)) >= CHANCE
    if by_chance:
        text = "The cloud of real points is centred on the origin, as far as can be told."
    elif distance < 0.1 * typical:
        text = "The cloud of real points is centred near the origin: the offset is real but small."
    else:
        text = "The cloud of real points lies off the origin."
    needed = _at(numbers.summary, "offset", "components_for", "50%")
    detail = (
        f"The origin is {short(distance)} from the mean in Mahalanobis distance, a typical training point "
        f"{short(typical)}."
    )
    if needed and not by_chance:
        detail += f" {needed} of {numbers.dimension} components carry half of |centre|²."
    bars = (Evidence("origin", distance), Evidence("typical real point", typical))
    return Finding("offset", "offset", text, detail, bars, "Mahalanobis distance from the mean")


def dependence(numbers: Numbers) -> Finding | None:
    """Whether components are correlated at all, and how far independent drawing would lead away."""
    largest, pairs = (_at(numbers.summary, "correlation", name) for name in ("largest", "pairs"))
    images = _at(numbers.summary, "images", "train")
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


def shape(numbers: Numbers) -> Finding | None:
    """Half-width over standard deviation, beside a normal distribution's."""
    ratio = _at(numbers.summary, "half_width_ratio", "components", "quantiles", "0.5")
    if ratio is None:
        return None
    if ratio < 0.95 * NORMAL_RATIO:
        text = "Single components are more peaked than a normal distribution."
    elif ratio > 1.05 * NORMAL_RATIO:
        text = "Single components are flatter than a normal distribution."
    else:
        text = "Single components are about as wide at half height as a normal distribution."
    detail = f"Median half-width / σ {ratio:.3f}; a normal distribution has {NORMAL_RATIO:.3f}."
    bars = (Evidence("components, median", ratio), Evidence("normal", NORMAL_RATIO))
    return Finding("shape", "distributions", text, detail, bars, "half-width / σ")


def variance(numbers: Numbers) -> Finding | None:
    """How many main axes hold 90 % of the variance."""
    needed = _at(numbers.summary, "axes", "components_for", "90%")
    if not needed:
        return None
    text = f"{needed} of {numbers.dimension} main axes hold 90 % of the variance."
    half = _at(numbers.summary, "axes", "components_for", "50%")
    return Finding("variance", "axes", text, f"Half of it is in {half}." if half else "")


def normality(numbers: Numbers) -> Finding | None:
    """The spread of d_M of held-out points beside a normal distribution's."""
    found, expected = (_at(numbers.summary, "mahalanobis", name) for name in ("heldout", "normal_heldout"))
    deviation, normal, count = (_at(found, "std"), _at(expected, "std"), _at(found, "count")) if found else (0, 0, 0)
    if not deviation or not normal or not count:
        return None
    excess = (deviation / normal - 1) * math.sqrt(2 * count)
    if deviation > 1.15 * normal and excess > norm.isf(CHANCE):
        text = (
            f"The tails are heavier than normal: d_M of held-out points spreads {deviation / normal:.1f} times as much."
        )
    elif deviation < 0.85 * normal and excess < -norm.isf(CHANCE):
        text = "Held-out points keep closer to one distance than a normal distribution's would."
    else:
        text = "Held-out points spread as those of a normal distribution would."
    detail = (
        f"d_M {found['mean']:.1f} ± {deviation:.2f} over {count:,} held-out points; a normal distribution would give "
        f"{expected['mean']:.1f} ± {normal:.2f}."
    )
    bars = (Evidence("held-out points", found["mean"], deviation), Evidence("normal", expected["mean"], normal))
    return Finding("normality", "normality", text, detail, bars, "d_M, mean and standard deviation")


def core(numbers: Numbers) -> Finding | None:
    """The share of points in the robust core, beside that of a normal sample."""
    facts = numbers.summary.get("core") or {}
    if facts.get("defined") is False:
        reason = facts.get("reason")
        text = "A robust core cannot be told from this many points."
        return Finding("core", "normality", text, f"Reason: {reason}." if reason else "", decided=False)
    share, normal = facts.get("train"), facts.get("normal_sample") or facts.get("expected")
    if share is None or normal is None:
        return None
    if share < normal - 0.02:
        text = f"{percent(share)} of the training points form one compact core; of a normal sample it would be more."
    else:
        text = f"{percent(share)} of the training points form one compact core, as many as of a normal sample."
    detail = f"A normal sample of this size has {percent(normal)} in its core."
    cut = numbers.summary.get("three_sigma_cut") or {}
    if cut.get("train") is not None and cut.get("independent_normal") is not None:
        detail += (
            f" The simple cut at 3 σ in every component keeps {percent(cut['train'])} "
            f"(independent normal components: {percent(cut['independent_normal'])})."
        )
    bars = (Evidence("training points", share), Evidence("normal sample", normal))
    return Finding("core", "normality", text, detail, bars, "share in the core")
