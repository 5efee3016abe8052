"""Correlations: whether components know of each other, the matrix, its distribution, and the strongest pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from scipy.stats import norm

from tasks.finished.numbers import CHANCE, Numbers, at
from tasks.ingestion.partition import TRAIN
from tasks.page.drawing import BLACK, BLUE, GREY, ORANGE, Drawn, logarithmic, new_figure, picture, whole_numbers
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Column, Fold, Section, fold, section, table
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.statistics.dependence import BLOCK

ORDER = 410
RANK = 50
LISTED = 200
PAIR = (Column("first"), Column("second"))
DOTS = LinearSegmentedColormap.from_list("dots", ["#a9c8e0", "#08306b"])
"""Blues of which the lightest is still seen on white."""
Floats = npt.NDArray[np.float64]


def build(study: ReportedStudy) -> Section | None:
    """Matrix and histogram, the matrix clustered, counts over thresholds, and the strongest pairs."""
    found = study.statistic("correlation")
    if found is None or len(found) < 2:
        return None
    correlation = np.asarray(found, np.float64)
    return section(
        "correlations",
        "Correlations",
        _matrix(study, correlation),
        _inflation(study),
        _clustered(study, correlation),
        _thresholds(study),
        _strongest(correlation),
        _strongest_partial(study),
        claims=study.claims("correlations"),
    )


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


def strongest(correlation: Floats, count: int) -> list[tuple[int, int, float]]:
    """The pairs with the largest |correlation|, without those that have none (constant components)."""
    rows, columns = np.triu_indices(len(correlation), k=1)
    values = correlation[rows, columns]
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(-np.abs(values[known]), kind="stable")][:count]
    return [(int(rows[k]), int(columns[k]), float(values[k])) for k in order]


@picture
def _matrix(study: ReportedStudy, correlation: Floats) -> Drawn:
    values = correlation[np.triu_indices(len(correlation), k=1)]
    values = values[np.isfinite(values)]
    largest = float(np.abs(values).max()) if len(values) else 1.0
    figure = new_figure(4.4)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    shown = correlation.copy()
    np.fill_diagonal(shown, np.nan)
    image = left.imshow(shown, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
    left.set(xlabel="component", ylabel="component", title="Correlation matrix (diagonal left out)")
    left.grid(False)
    whole_numbers(left)
    left.yaxis.set_major_locator(MaxNLocator(integer=True))
    figure.colorbar(image, ax=left, shrink=0.82)
    _distribution(right, values, int(np.sum(study.partition == TRAIN)), largest)
    return Drawn(
        "correlation",
        figure,
        "Left: correlation of every two components over the training images. Right: how often each value occurs, "
        "and what independent normal components of as many images would show by chance.",
        f"Heat map of the correlation matrix and histogram of its {len(values):,} values, up to {largest:.2f}.",
    )


def _distribution(axis: Any, values: Floats, images: int, largest: float) -> None:
    edges = np.linspace(-largest, largest, 81)
    counts, _, _ = axis.hist(values, edges, color=BLUE, alpha=0.75, label="found")
    deviation = 1 / np.sqrt(max(images - 1, 1))
    x = np.linspace(-largest, largest, 400)
    chance = np.exp(-0.5 * (x / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    axis.plot(x, chance * len(values) * (edges[1] - edges[0]), color=ORANGE, label="independent components")
    top = 2 * max(float(counts.max()), float(counts.sum() * chance.max() * (edges[1] - edges[0])), 1.0)
    logarithmic(axis, decades=True)
    axis.set(ylim=(0.6, top), xlabel="correlation", ylabel="pairs", title="Its values")
    axis.legend()


@picture
def _clustered(study: ReportedStudy, correlation: Floats) -> Drawn | None:
    order, partial = study.statistic("correlation_order"), study.statistic("partial_correlation")
    block = study.statistic("correlation_block")
    if order is None or partial is None or block is None:
        return None
    figure = new_figure(4.1)
    left, right, beside = figure.subplots(1, 3)
    for axis, values, title in (
        (left, correlation, "Correlation, clustered"),
        (right, partial, "Partial correlation, same order"),
    ):
        shown = np.asarray(values, np.float64)[np.ix_(order, order)]
        np.fill_diagonal(shown, np.nan)
        largest = float(np.nanmax(np.abs(shown)))
        image = axis.imshow(shown, cmap="RdBu_r", vmin=-largest, vmax=largest, interpolation="nearest")
        axis.set(title=title, xlabel="component, reordered", xticks=[], yticks=[])
        axis.grid(False)
        figure.colorbar(image, ax=axis, location="bottom", shrink=0.82, label=title.split(",")[0].lower())
        _outline(axis, block[order])
    _against(beside, correlation, partial)
    return Drawn(
        "correlation_clustered",
        figure,
        "Left: the same matrix with components reordered by hierarchical clustering, so that groups of components "
        "that go together show as blocks (framed where the mean |correlation| inside is at least "
        f"{(study.summary.get('dependence') or {}).get('block_least', BLOCK):.2f}). Middle: what is left of each "
        "correlation when all other components are held fixed. Right: either for all pairs, darker where there are "
        "more; on the line, nothing is explained by other components.",
        "Heat maps of the reordered correlation matrix and of partial correlations, and one against the other.",
    )


def _outline(axis: Any, block: npt.NDArray[Any]) -> None:
    """A frame round each block of the reordered components; the clustering keeps blocks together."""
    for own in np.unique(block[block >= 0]):
        place = np.flatnonzero(block == own)
        first, side = place[0] - 0.5, place[-1] - place[0] + 1
        axis.add_patch(Rectangle((first, first), side, side, fill=False, edgecolor=BLACK, linewidth=0.9))


def _against(axis: Any, correlation: Floats, partial: npt.NDArray[Any]) -> None:
    """Density of partial against plain correlations of all pairs."""
    upper = np.triu_indices(len(correlation), k=1)
    plain, direct = correlation[upper], np.asarray(partial, np.float64)[upper]
    known = np.isfinite(plain) & np.isfinite(direct)
    plain, direct = plain[known], direct[known]
    reach = 1.05 * max(float(np.abs(plain).max(initial=0)), float(np.abs(direct).max(initial=0)), 1e-3)
    extent = (-reach, reach, -reach, reach)
    axis.plot([-reach, reach], [-reach, reach], color=ORANGE, linewidth=1)
    dots = axis.hexbin(plain, direct, gridsize=40, bins="log", mincnt=1, cmap=DOTS, extent=extent, linewidths=0.2)
    axis.set(xlabel="correlation", ylabel="partial correlation", title="Partial against plain", aspect="equal")
    axis.figure.colorbar(dots, ax=axis, location="bottom", shrink=0.82, label="pairs")
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.yaxis.set_major_locator(MaxNLocator(5))


def _chance(expected: float) -> str:
    return "< 0.001" if expected < 0.001 else short(expected)


def _thresholds(study: ReportedStudy) -> Fold | None:
    facts = study.summary.get("dependence")
    if not facts:
        return None
    counts = table(
        "correlation_counts",
        (
            Column("threshold", "|correlation| above", "{:.1f}".format),
            Column("found", "pairs", "{:,}".format),
            Column("expected_by_chance", "by chance", _chance),
            Column("partial", "partial correlations", "{:,}".format),
        ),
        [(one["threshold"], one["found"], one["by_chance"], one["partial"]) for one in facts["over"]],
        f"Pairs above each threshold, of {facts['pairs']:,}; by chance: expected of independent normal components over "
        "as many images.",
    )
    return fold("How many pairs are how strongly correlated", counts)


@picture
def _inflation(study: ReportedStudy) -> Drawn | None:
    """Variance inflation of every component, beside that of independent ones."""
    found, independent = study.statistic("variance_inflation"), study.summary.get("variance_inflation_independent")
    if found is None or independent is None or not np.isfinite(found).any():
        return None
    inflation = np.asarray(found, np.float64)
    component = np.arange(len(inflation))
    figure = new_figure(2.6)
    axis = figure.subplots()
    axis.vlines(component, independent, inflation, color=BLUE, linewidth=min(3.0, 500 / len(inflation)))
    axis.plot(component, inflation, ".", color=BLUE, markersize=min(5.0, 500 / len(inflation)))
    axis.axhline(independent, color=ORANGE, linewidth=1.4, label=f"independent components: {short(independent)}")
    axis.axhline(1.0, color=GREY, linewidth=0.8, linestyle=":")
    logarithmic(axis)
    axis.set(xlabel="component", ylabel="variance inflation", title="How much of each component the others tell")
    axis.set_ylim(0.9, 1.6 * float(np.nanmax(inflation)))
    whole_numbers(axis)
    axis.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none")
    total, expected = (study.summary[f"variance_inflation{end}sum"] for end in ("_", "_independent_"))
    return Drawn(
        "variance_inflation",
        figure,
        "Variance inflation: a component's variance over what is left of it once all others are known. Few images "
        f"raise it for independent components too. The sum, {short(total)} beside {short(expected)}, is the mean "
        "squared Mahalanobis distance of points whose components are drawn independently.",
        f"Variance inflation of {len(inflation)} components, up to {short(float(np.nanmax(inflation)))}.",
    )


def _strongest_partial(study: ReportedStudy) -> Fold | None:
    listed = (study.summary.get("dependence") or {}).get("strongest_partial")
    if not listed:
        return None
    rows = [(*one["components"], one["partial"], one["plain"]) for one in listed]
    columns = (*PAIR, Column("partial", "partial correlation", short), Column("correlation", shown=short))
    return fold(f"The {len(rows)} strongest partial correlations", table("partial_pairs", columns, rows))


def _strongest(correlation: Floats) -> Fold | None:
    pairs = strongest(correlation, LISTED)
    if not pairs:
        return None
    columns = (*PAIR, Column("correlation", shown=short))
    return fold(f"The {len(pairs)} strongest pairs", table("pairs", columns, pairs))
