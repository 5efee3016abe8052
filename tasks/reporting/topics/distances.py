"""How far the points lie from their mean, beside a normal cloud's; a part of the section on normality."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tasks.finished.densities import Beta, Fisher, Gamma, chi_square, normal_beyond
from tasks.finished.numbers import CHANCE
from tasks.ingestion.partition import TRAIN
from tasks.page.drawing import BLACK, BLUE, VERMILLION, Drawn, picture, subplots
from tasks.page.wording import counted
from tasks.reporting.topic import Evidence, Finding, Floats, Numbers, ReportedStudy, at, measured


def spread(numbers: Numbers) -> tuple[str, float]:
    """How d_M of held-out points spreads beside a normal distribution's, and the ratio of the standard deviations.

    "heavier" or "lighter" where they differ by more than chance, else "normal"; "unknown" without held-out points.
    """
    found, expected = (at(numbers.summary, "mahalanobis", name) for name in ("heldout", "normal_heldout"))
    if not at(numbers.summary, "mahalanobis", "heldout", "std") or not expected or not expected["std"]:
        return "unknown", math.nan
    ratio = found["std"] / expected["std"]
    # In standard errors of a standard deviation.
    excess = (ratio - 1) * math.sqrt(2 * found["count"])
    if ratio > 1.15 and excess > normal_beyond(CHANCE):
        return "heavier", ratio
    return "lighter" if ratio < 0.85 and excess < -normal_beyond(CHANCE) else "normal", ratio


def normality(numbers: Numbers) -> Finding | None:
    """The spread of d_M of held-out points beside a normal distribution's."""
    side, ratio = spread(numbers)
    if side == "unknown":
        return None
    found, expected = (numbers.summary["mahalanobis"][name] for name in ("heldout", "normal_heldout"))
    text = {
        "heavier": f"The tails are heavier than normal: d_M of held-out points spreads {ratio:.1f} times as much.",
        "lighter": "Held-out points keep closer to one distance than a normal distribution's would.",
        "normal": "Held-out points spread as those of a normal distribution would.",
    }[side]
    detail = (
        f"d_M {found['mean']:.1f} ± {found['std']:.2f} over {found['count']:,} held-out points; a normal distribution "
        f"would give {expected['mean']:.1f} ± {expected['std']:.2f}."
    )
    sides = (("held-out points", found), ("normal", expected))
    bars = tuple(Evidence(label, one["mean"], one["std"]) for label, one in sides)
    return Finding("normality", "normality", text, detail, bars, "d_M, mean and standard deviation")


@measured(arrays=("mahalanobis",))
@picture
def distances(study: ReportedStudy, mahalanobis: Floats) -> Drawn:
    """Histogram and Q–Q plot of the squared Mahalanobis distances."""
    squared = np.asarray(mahalanobis, np.float64) ** 2
    train, held_out = squared[study.partition == TRAIN], squared[study.partition != TRAIN]
    components = study.dimension - len(study.summary.get("constant_components") or [])
    exact = (study.summary.get("covariance") or {}).get("estimate", "sample") == "sample"
    sides = ((train, BLUE, "training"), (held_out, VERMILLION, "held-out"))
    figure, (left, right) = subplots(3.5, 1, 2, width_ratios=(1.35, 1))
    _histogram(left, sides, components, exact)
    for values, colour, label in sides:
        if len(values) > 1:
            share = (np.arange(1, min(len(values), 400) + 1) - 0.5) / min(len(values), 400)
            expected = _expected(len(train), components, label == "training") if exact else chi_square(components)
            place = expected.ppf(share), np.quantile(values, share)
            right.plot(*place, ".", color=colour, markersize=3, label=label)
    right.axline((components, components), slope=1, color=BLACK, linewidth=1, linestyle=":", label="equal")
    implied = "implied by this n" if exact else "of chi-square"
    right.set(xlabel=f"quantile {implied}", ylabel="$d_M^2$ quantile", title="Quantiles against a normal cloud's")
    right.legend()
    note = "for orientation: with a shrunken covariance no exact distribution is known."
    if exact:
        note = "and, dashed, the exact distributions for a normal cloud of this size."
    return Drawn(
        "mahalanobis",
        figure,
        "Squared Mahalanobis distance of real points from the training points' mean, beside chi-square with "
        f"{counted(components, 'degree of freedom', 'degrees of freedom')} {note} Points beyond the histogram's "
        "end are counted in its last bin.",
        "Histogram and quantile plot of squared Mahalanobis distances of training and held-out points.",
    )


def _histogram(axis: Any, sides: tuple[tuple[Floats, str, str], ...], components: int, exact: bool) -> None:
    everything = np.concatenate([values for values, _, _ in sides])
    top = float(max(np.quantile(everything, 0.985), chi_square(components).ppf(np.asarray(0.9999))))
    fewest = min(len(values) for values, _, _ in sides if len(values))
    edges = np.linspace(0, top, int(np.clip(2 * np.sqrt(fewest), 12, 90)))
    for values, colour, label in sides:
        if len(values):
            filled = {"histtype": "stepfilled", "alpha": 0.4} if label == "training" else {"histtype": "step"}
            axis.hist(np.minimum(values, top), edges, density=True, color=colour, label=label, **filled)
    x, n = np.linspace(top / 1000, top, 600), len(sides[0][0])
    axis.plot(
        x, chi_square(components).pdf(x), color=BLACK, linewidth=1.2, linestyle=":", label=f"chi-square({components})"
    )
    if exact and n > components + 2:
        for _, colour, label in sides:
            density = _expected(n, components, label == "training").pdf(x)
            axis.plot(x, density, color=colour, linestyle="--", linewidth=1.2, label=f"{label}, normal cloud")
    axis.set(xlabel="$d_M^2$", ylabel="density", title="Squared Mahalanobis distance", yticks=[])
    axis.legend()


def _expected(count: int, components: int, training: bool) -> Gamma | Beta | Fisher:
    """The distribution of d_M² over a normal cloud's ``count`` training points, or over new points."""
    if count <= components + 2:
        return chi_square(components)
    if training:
        return Beta(components / 2, (count - components - 1) / 2, (count - 1) ** 2 / count)
    return Fisher(components, count - components, components * (count**2 - 1) / (count * (count - components)))
