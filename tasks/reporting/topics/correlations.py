"""Correlations: whether components know of each other, the matrix, its distribution, and the strongest pairs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, MaxNLocator

from tasks.finished.densities import normal_beyond
from tasks.finished.numbers import CHANCE
from tasks.ingestion.partition import TRAIN
from tasks.page.drawing import BLACK, BLUE, GREY, ORANGE, Drawn, heat_map, logarithmic, picture, subplots, whole_numbers
from tasks.page.section import Column, Fold, fold, table
from tasks.page.wording import short
from tasks.reporting.topic import Evidence, Facts, Finding, Floats, Numbers, ReportedStudy, at, measured, topic
from tasks.statistics.dependence import BLOCK

LISTED = 200
PAIR = (Column("first"), Column("second"))
DOTS = LinearSegmentedColormap.from_list("dots", ["#a9c8e0", "#08306b"])
"""Blues of which the lightest is still seen on white."""


def dependence(numbers: Numbers) -> Finding | None:
    """Whether components are correlated at all, and how far independent drawing would lead away."""
    largest, pairs = (at(numbers.summary, "correlation", name) for name in ("largest", "pairs"))
    images = at(numbers.summary, "images", "train")
    if largest is None or not pairs or not images or images < 5:
        return None
    # Fisher's transform, Bonferroni over all pairs.
    limit = math.tanh(normal_beyond(CHANCE / 2 / pairs) / math.sqrt(images - 3))
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
        text = "The components are correlated, but independent draws are hardly farther out because of it."
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


@measured("dependence")
def blocks(numbers: Numbers, facts: Facts) -> Finding | None:
    """Whether correlated components form groups, or the correlations are spread thinly over all."""
    if facts.get("blocks") is None:
        return None
    sizes, least = facts["blocks"], facts["block_least"]
    if not sizes:
        text = "There are no groups of correlated components."
    elif len(sizes) == 1:
        text = f"{sizes[0]} components form one correlated group."
    else:
        text = f"{sum(sizes)} components form {len(sizes)} correlated groups, the largest of {max(sizes)}."
    own, chance, partial = (
        facts.get(name) for name in ("root_mean_square", "root_mean_square_by_chance", "partial_root_mean_square")
    )
    detail = f"The mean |correlation| within a group is at least {least:.2f}."
    if own is not None and chance is not None and partial is not None:
        detail += (
            f" All pairs together have a root mean square correlation of {short(own)}, by chance {short(chance)}; with "
            f"all other components held fixed {short(partial)}."
        )
    return Finding("blocks", "correlations", text, detail)


def strongest(correlation: Floats, count: int) -> list[tuple[int, int, float]]:
    """The pairs with the largest |correlation|, without those that have none (constant components)."""
    rows, columns = np.triu_indices(len(correlation), k=1)
    values = correlation[rows, columns]
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(-np.abs(values[known]), kind="stable")][:count]
    return [(int(rows[k]), int(columns[k]), float(values[k])) for k in order]


@measured(arrays=("correlation",))
@picture
def _matrix(study: ReportedStudy, correlation: Floats) -> Drawn | None:
    if len(correlation) < 2:
        return None
    values = correlation[np.triu_indices(len(correlation), k=1)]
    values = values[np.isfinite(values)]
    figure, (left, right) = subplots(4.4, 1, 2, width_ratios=(1.15, 1))
    shown = correlation.copy()
    np.fill_diagonal(shown, np.nan)
    largest = heat_map(left, shown, shrink=0.82, label="correlation")
    left.set(xlabel="component", ylabel="component", title="Correlation matrix (diagonal left out)")
    whole_numbers(left)
    left.yaxis.set_major_locator(MaxNLocator(integer=True))
    _distribution(right, values, int(np.sum(study.partition == TRAIN)), largest)
    return Drawn(
        "correlation",
        figure,
        "Left: correlation of every two components over the training points. Right: how often each value occurs, "
        "and what independent normal components of as many points would show by chance.",
        f"Heat map of the correlation matrix and histogram of its {len(values):,} values, up to {largest:.2f}.",
    )


def _distribution(axis: Any, values: Floats, images: int, largest: float) -> None:
    edges = np.linspace(-largest, largest, 81)
    counts, _, _ = axis.hist(values, edges, color=BLUE, alpha=0.75, label="found")
    deviation = 1 / np.sqrt(max(images - 1, 1))
    x = np.linspace(-largest, largest, 400)
    chance = np.exp(-0.5 * (x / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    axis.plot(x, chance * len(values) * (edges[1] - edges[0]), color=ORANGE, label="independent components")
    # Room for the legend above the peak.
    top = 7 * max(float(counts.max()), float(counts.sum() * chance.max() * (edges[1] - edges[0])), 1.0)
    logarithmic(axis, decades=True)
    axis.set(ylim=(0.6, top), xlabel="correlation", ylabel="pairs", title="Distribution of the correlations")
    axis.legend()


@measured(arrays=("correlation", "partial_correlation", "correlation_order", "correlation_block"))
@picture
def _clustered(study: ReportedStudy, correlation: Floats, partial: Floats, order: Any, block: Any) -> Drawn:
    figure, (left, right, beside) = subplots(4.1, 1, 3)
    for axis, values, title in (
        (left, correlation, "Correlation, clustered"),
        (right, partial, "Partial correlation, same order"),
    ):
        shown = np.asarray(values, np.float64)[np.ix_(order, order)]
        np.fill_diagonal(shown, np.nan)
        heat_map(axis, shown, location="bottom", shrink=0.82, label=title.split(",")[0].lower())
        axis.set(title=title, xlabel="component, reordered", xticks=[], yticks=[])
        _outline(axis, block[order])
    _against(beside, correlation, partial)
    return Drawn(
        "correlation_clustered",
        figure,
        "Left: the same matrix with components reordered by hierarchical clustering, so that groups of components "
        "that go together show as blocks (framed where the mean |correlation| inside is at least "
        f"{(study.summary.get('dependence') or {}).get('block_least', BLOCK):.2f}). Middle: what is left of each "
        "correlation when all other components are held fixed. Right: both for all pairs, darker where there are "
        "more; on the orange line, other components explain nothing.",
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
    bar = axis.figure.colorbar(dots, ax=axis, location="bottom", shrink=0.82, label="pairs in a cell")
    bar.ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    bar.ax.xaxis.set_major_formatter("{x:g}")
    bar.ax.minorticks_off()
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.yaxis.set_major_locator(MaxNLocator(5))


def _chance(expected: float) -> str:
    return "< 0.001" if expected < 0.001 else short(expected)


@measured("dependence")
def _thresholds(study: ReportedStudy, facts: Facts) -> Fold | None:
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
        "as many points.",
    )
    return fold("Number of pairs by strength of correlation", counts)


@measured("variance_inflation_independent", arrays=("variance_inflation",))
@picture
def _inflation(study: ReportedStudy, independent: float, inflation: Floats) -> Drawn | None:
    """Variance inflation of every component, beside that of independent ones."""
    if len(inflation) < 2 or not np.isfinite(inflation).any():
        return None
    component = np.arange(len(inflation))
    figure, axis = subplots(2.6)
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
        "Variance inflation: a component's variance divided by what remains of it once all others are known. With few "
        f"points it rises for independent components too. The sum, {short(total)} instead of {short(expected)}, is the "
        "mean squared Mahalanobis distance of points whose components are drawn independently.",
        f"Variance inflation of {len(inflation)} components, up to {short(float(np.nanmax(inflation)))}.",
    )


@measured("dependence", "strongest_partial")
def _strongest_partial(study: ReportedStudy, listed: list[Facts]) -> Fold | None:
    rows = [(*one["components"], one["partial"], one["plain"]) for one in listed]
    columns = (*PAIR, Column("partial", "partial correlation", short), Column("correlation", shown=short))
    return fold(f"The {len(rows)} strongest partial correlations", table("partial_pairs", columns, rows))


@measured(arrays=("correlation",))
def _strongest(study: ReportedStudy, correlation: Floats) -> Fold | None:
    pairs = strongest(correlation, LISTED)
    columns = (*PAIR, Column("correlation", shown=short))
    return fold(f"The {len(pairs)} strongest pairs", table("pairs", columns, pairs))


ORDER, RANK = 410, 50
FINDERS = (dependence, blocks)
build = topic(
    "correlations",
    "Correlations",
    _matrix,
    _inflation,
    _clustered,
    _thresholds,
    _strongest,
    _strongest_partial,
)
