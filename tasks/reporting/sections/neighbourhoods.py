"""The cloud from near by: regions, intrinsic dimension, and how points lie around one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from tasks.reporting.drawing import BLACK, BLUE, GREY, VERMILLION, new_figure, panels, plot, style
from tasks.reporting.findings.finding import percent, short
from tasks.reporting.section import Block, Fold, Picture, Section, Table
from tasks.reporting.study import Study

ORDER = 126
SIDES = (("train", "training points", BLUE), ("normal", "normal, as many", GREY))
FEWER = (("train_as_heldout", "training, as many as held-out", BLUE), ("heldout", "held-out points", VERMILLION))
ESTIMATES = (("two_nearest", "two nearest\nneighbours"), ("likelihood", "maximum\nlikelihood"))
DRAWN = (
    ("dimension", "dimensions of a neighbourhood"),
    ("variance_share", "variance within, share of the whole"),
    ("strength", "correlation between leading axes"),
)
FIGURES = {
    "dimension": "dimensions",
    "variance_share": "variance within, share of the whole",
    "angle": "angle to the cloud's leading axes, degrees",
    "strength": "correlation between leading axes, root mean square",
    "likeness": "likeness to the correlations of the whole",
    "agreement": "likeness to the other neighbourhoods",
}
BINS = 30


def build(study: Study) -> Section | None:
    """What of regions, dimensions and neighbourhoods has been measured; None where nothing has."""
    blocks: list[Block] = []
    if study.summary.get("intrinsic_dimension"):
        blocks += [_dimensions(study), Fold("The estimates in numbers", (_dimension_table(study),))]
    if study.summary.get("fragmentation"):
        blocks += [_levels(study), Fold("The clusters in numbers", (_level_table(study),))]
    if study.summary.get("locality"):
        blocks += [_neighbourhoods(study), _neighbourhood_table(study)]
    if not blocks:
        return None
    title = "One region or several, and what is near"
    return Section("neighbourhoods", title, tuple(blocks), study.claims("neighbourhoods"))


def _rows(study: Study) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, colour and estimates of every set of points; the held-out ones beside as many training points."""
    facts = study.summary["intrinsic_dimension"]
    sides: tuple[tuple[str, str, str], ...] = SIDES
    if facts.get("heldout"):
        same = facts["train_as_heldout"]["points"] == facts["train"]["points"]
        sides = (*SIDES, *FEWER[1 if same else 0 :])
    return [(label, colour, facts[side]) for side, label, colour in sides if facts.get(side)]


def _value(number: float | None) -> float:
    return np.nan if number is None else number


def _dimensions(study: Study) -> Picture:
    rows = _rows(study)
    height = 0.8 / len(rows)
    with style():
        figure = new_figure(1.1 + 0.42 * len(rows))
        axis = figure.subplots()
        for place, (label, colour, facts) in enumerate(rows):
            values = [_value(facts[name]["dimension"]) for name, _ in ESTIMATES]
            errors = [_value(facts[name]["error"]) for name, _ in ESTIMATES]
            spots = np.arange(2) + (place - (len(rows) - 1) / 2) * height
            faint = 0.45 if label.startswith(FEWER[0][1]) else 0.9
            axis.barh(spots, values, 0.9 * height, color=colour, alpha=faint, label=f"{label} ({facts['points']:,})")
            axis.errorbar(values, spots, xerr=errors, fmt="none", ecolor=BLACK, elinewidth=0.9, capsize=2)
        axis.set_yticks([0, 1], [label for _, label in ESTIMATES])
        axis.invert_yaxis()
        axis.grid(axis="y", visible=False)
        components = study.summary["intrinsic_dimension"]["components"]
        axis.set(xlabel=f"intrinsic dimension (of {components} components)", title="Dimensions that the points fill")
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return plot(
            "intrinsic_dimension",
            figure,
            study.config.dpi,
            "Dimensions that the points fill near by, from distances to the nearest neighbours, with standard errors. "
            "The estimates are too low in many dimensions and fall with fewer points: what tells is the comparison "
            "with as many normal points of the same covariance.",
            "Bars of two estimates of the intrinsic dimension for real and simulated normal points.",
        )


def _dimension_table(study: Study) -> Table:
    rows = tuple(
        (label, facts["points"], *(_value(facts[name][part]) for name, _ in ESTIMATES for part in facts[name]))
        for label, _, facts in _rows(study)
    )
    shown = tuple((label, f"{points:,}", *(short(value) for value in values)) for label, points, *values in rows)
    columns = ("points", "number", "two_nearest", "two_nearest_error", "likelihood", "likelihood_error")
    headings = ("points", "number", "two nearest neighbours", "± its error", "maximum likelihood", "± its error")
    return Table("intrinsic_dimension", columns, rows, "", headings, shown)


def _level_arrays(study: Study) -> list[Any]:
    names = ("density_level", "level_clusters", "level_joined", "normal_level_clusters", "normal_level_joined")
    return [study.statistic(name) for name in names]


def _levels(study: Study) -> Picture:
    level, clusters, joined, _, normal = _level_arrays(study)
    facts, places = study.summary["fragmentation"], np.arange(len(level))
    with style():
        figure = new_figure(2.9)
        axis = figure.subplots()
        axis.bar(places - 0.2, 100 * joined, 0.38, color=BLUE, alpha=0.9, label="training points")
        axis.bar(places + 0.2, 100 * normal.mean(axis=0), 0.38, color=GREY, alpha=0.9, label="normal, as many (mean)")
        for place, count, share in zip(places, clusters, joined, strict=True):
            words = f"{count} cluster" + ("" if count == 1 else "s")
            axis.annotate(words, (place - 0.2, 100 * share), (0, 3), textcoords="offset points", ha="center")
        axis.set_xticks(places, [percent(share) for share in level])
        axis.set(xlabel="densest share of the points that is kept", ylabel="% of them in the largest cluster")
        axis.set(ylim=(0, 114), yticks=range(0, 101, 20), title="Clusters of the densest points")
        axis.grid(axis="x", visible=False)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return plot(
            "regions",
            figure,
            study.config.dpi,
            f"Only the densest of {facts['points']:,} points are kept, in {facts['axes']} main axes, and linked to "
            f"their {facts['neighbours']} nearest. One region stays whole at every level; several come apart where "
            "the thin parts between them have gone.",
            "Bars: share of the kept points in the largest cluster, for real and simulated normal points.",
        )


def _level_table(study: Study) -> Table:
    level, clusters, joined, normal_clusters, normal = _level_arrays(study)
    rows = tuple(
        (float(level[i]), int(clusters[i]), int(normal_clusters[:, i].max()), float(joined[i]), float(most))
        for i, most in enumerate(normal.mean(axis=0))
    )
    shown = tuple((percent(kept), own, other, percent(a), percent(b)) for kept, own, other, a, b in rows)
    columns = ("kept", "clusters", "normal_clusters", "largest", "normal_largest")
    headings = ("densest points kept", "clusters", "normal: at most", "in the largest", "normal: in the largest")
    return Table("regions", columns, rows, "", headings, shown)


def _neighbourhoods(study: Study) -> Picture:
    facts = study.summary["locality"]
    with style():
        figure, axes = panels(len(DRAWN), 3, 2.8)
        for axis, (name, label) in zip(axes, DRAWN, strict=True):
            own, normal = (np.ravel(np.asarray(study.statistic(f"{side}local_{name}"))) for side in ("", "normal_"))
            own, normal = own[np.isfinite(own)], normal[np.isfinite(normal)]
            both = np.concatenate([own, normal])
            edges = np.linspace(both.min(), both.max(), BINS + 1) if len(both) and np.ptp(both) > 0 else BINS
            for values, colour, words, kind, fade in (
                (normal, GREY, "normal", "stepfilled", 0.55),
                (own, BLUE, "training points", "step", 1.0),
            ):
                if len(values):
                    weights = np.full(len(values), 100 / len(values))
                    axis.hist(values, edges, weights=weights, color=colour, histtype=kind, alpha=fade, label=words)
            axis.set(xlabel=label)
            axis.xaxis.set_major_locator(MaxNLocator(5))
        axes[0].set(ylabel="% of the neighbourhoods")
        axes[0].legend()
        return plot(
            "neighbourhoods",
            figure,
            study.config.dpi,
            f"The {facts['neighbours']} nearest points of each of {facts['anchors']} training points: over how many "
            "dimensions they spread, how much of the whole variance that is, and how strongly the leading main axes, "
            "uncorrelated over the whole cloud, are correlated there. Grey: the same in simulated normal samples.",
            "Histograms of local dimension, local variance and local correlation, real and simulated.",
        )


def _neighbourhood_table(study: Study) -> Table:
    figures = study.summary["locality"]["figures"]
    found = [(name, figures[name]) for name in FIGURES if figures.get(name)]
    rows = tuple((name, one["median"], one["normal"], one["probability"]) for name, one in found)
    shown = tuple(
        (FIGURES[name], short(own), short(normal), f"{p:.3f}" if p >= 0.001 else "< 0.001")
        for name, own, normal, p in rows
    )
    headings = ("of a neighbourhood", "median", "normal", "p")
    return Table("neighbourhoods", ("figure", "median", "normal", "p"), rows, "", headings, shown)
