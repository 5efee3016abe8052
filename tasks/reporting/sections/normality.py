"""Squared Mahalanobis distances beside what a normal distribution would give."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, chi2, f

from tasks.reporting.drawing import BLACK, BLUE, VERMILLION, new_figure, plot, style
from tasks.reporting.findings.finding import percent
from tasks.reporting.section import Picture, Section, Table
from tasks.reporting.study import TRAIN, Study

ORDER = 125
Floats = npt.NDArray[np.float64]


def build(study: Study) -> Section | None:
    """Histogram and Q–Q plot of d_M² of training and held-out points."""
    mahalanobis = study.statistic("mahalanobis")
    if mahalanobis is None:
        return None
    squared = np.asarray(mahalanobis, np.float64) ** 2
    blocks = [block for block in (_picture(study, squared), _tests(study), _single(study)) if block is not None]
    return Section("normality", "How normal the cloud is", tuple(blocks), study.claims("normality"))


GROUPS = {"train": "training points", "core": "training points in the core", "heldout": "held-out points"}
TESTS = {"skewness": "Mardia's skewness", "kurtosis": "Mardia's kurtosis", "henze_zirkler": "Henze–Zirkler"}


def _tests(study: Study) -> Table | None:
    """p-values of every multivariate test, a row per group, space and dimension."""
    facts = study.summary.get("normality")
    if not facts:
        return None
    rows = tuple(
        (name, group["points"], test["space"], test["dimensions"], *(test["p"][kind] for kind in TESTS))
        for name, group in facts["groups"].items()
        for test in group["tests"]
    )
    if not rows:
        return None
    shown = tuple((GROUPS[row[0]], f"{row[1]:,}", row[2], str(row[3]), *(f"{p:.3f}" for p in row[4:])) for row in rows)
    return Table(
        "normality_tests",
        ("group", "points", "space", "dimensions", *TESTS),
        rows,
        f"p-values of multivariate tests against {facts['simulations']} simulated normal samples of the same size and, "
        f"for the core, the same trimming; the smallest possible is {1 / (facts['simulations'] + 1):.3f}.",
        ("points", "number", "looked at in", "dimensions", *TESTS.values()),
        shown,
    )


def _single(study: Study) -> Table | None:
    """Shapiro and Wilk's test of single components."""
    facts = (study.summary.get("normality") or {}).get("shapiro")
    if not facts:
        return None
    rows = tuple((name, one["points"], one["median_w"], one["share_rejected"]) for name, one in facts.items())
    shown = tuple((GROUPS[name], f"{points:,}", f"{w:.4f}", percent(share)) for name, points, w, share in rows)
    return Table(
        "shapiro",
        ("group", "points", "median_w", "share_rejected"),
        rows,
        "Shapiro–Wilk over the components, one by one; of normal ones 1 % would be rejected at p < 0.01.",
        ("points", "number", "median W", "components rejected"),
        shown,
    )


def _picture(study: Study, squared: Floats) -> Picture:
    train = squared[study.partition == TRAIN]
    held_out = squared[study.partition != TRAIN]
    components = study.dimension - len(study.summary.get("constant_components") or [])
    exact = (study.summary.get("covariance") or {}).get("estimate", "sample") == "sample"
    with style():
        figure = new_figure(3.5)
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
        _histogram(left, train, held_out, components, exact)
        for values, colour, label in ((train, BLUE, "training"), (held_out, VERMILLION, "held-out")):
            if len(values) > 1:
                expected = _expected(len(train), components, label == "training") if exact else chi2(components)
                _quantiles(right, values, expected, colour, label)
        ends = chi2.ppf([0.001, 0.999], components)
        right.plot(ends, ends, color=BLACK, linewidth=1, linestyle=":")
        implied = "implied by this n" if exact else "of chi-square"
        right.set(xlabel=f"quantile {implied}", ylabel="$d_M^2$ quantile", title="Q–Q")
        right.legend()
        note = "" if exact else " Distances are measured with a shrunken covariance, for which no exact curve is known."
        return plot(
            "mahalanobis",
            figure,
            study.config.dpi,
            f"Squared Mahalanobis distance of real points from the training points' mean, beside chi-square with "
            f"{components} degrees of freedom and, dashed, the exact distributions for a normal cloud of this size. "
            f"Points beyond the histogram's end are counted in its last bin.{note}",
            "Histogram and quantile plot of squared Mahalanobis distances of training and held-out points.",
        )


def _histogram(axis: Any, train: Floats, held_out: Floats, components: int, exact: bool) -> None:
    everything = np.concatenate([train, held_out])
    top = float(max(np.quantile(everything, 0.985), chi2.ppf(0.9999, components)))
    edges = np.linspace(0, top, 90)
    for values, colour, label in ((train, BLUE, "training"), (held_out, VERMILLION, "held-out")):
        if len(values):
            axis.hist(np.minimum(values, top), edges, density=True, color=colour, alpha=0.4, label=label)
    x = np.linspace(top / 1000, top, 600)
    axis.plot(x, chi2.pdf(x, components), color=BLACK, linewidth=1.2, linestyle=":", label=f"chi-square({components})")
    n, d = len(train), components
    if exact and n > d + 2:
        own = (n - 1) ** 2 / n
        axis.plot(x, beta.pdf(x / own, d / 2, (n - d - 1) / 2) / own, color=BLUE, linestyle="--", linewidth=1.2)
        new = d * (n**2 - 1) / (n * (n - d))
        axis.plot(x, f.pdf(x / new, d, n - d) / new, color=VERMILLION, linestyle="--", linewidth=1.2)
    axis.set(xlabel="$d_M^2$", ylabel="density", title="Squared Mahalanobis distance", yticks=[])
    axis.legend()


def _expected(count: int, components: int, training: bool) -> Any:
    """The distribution of d_M² over a normal cloud's ``count`` training points, or over new points."""
    if count <= components + 2:
        return chi2(components)
    if training:
        return beta(components / 2, (count - components - 1) / 2, scale=(count - 1) ** 2 / count)
    return f(components, count - components, scale=components * (count**2 - 1) / (count * (count - components)))


def _quantiles(axis: Any, values: Floats, expected: Any, colour: str, label: str) -> None:
    share = (np.arange(1, min(len(values), 400) + 1) - 0.5) / min(len(values), 400)
    axis.plot(expected.ppf(share), np.quantile(values, share), ".", color=colour, markersize=3, label=label)
