"""The cloud from near by: how points lie around one another."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from tasks.page.drawing import BLUE, GREY, panels, plot, style
from tasks.page.section import Fold, Picture, Section, Table
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy

ORDER = 810
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


def build(study: ReportedStudy) -> Section | None:
    """Neighbourhoods of real points beside those of normal ones; None where they were not measured."""
    if not study.summary.get("locality"):
        return None
    blocks = (_neighbourhoods(study), Fold("The neighbourhoods in numbers", (_neighbourhood_table(study),)))
    claims = study.claims("neighbourhoods", "micro")
    return Section("neighbourhoods", "How points lie around one another", blocks, claims)


def _neighbourhoods(study: ReportedStudy) -> Picture:
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


def _neighbourhood_table(study: ReportedStudy) -> Table:
    figures = study.summary["locality"]["figures"]
    found = [(name, figures[name]) for name in FIGURES if figures.get(name)]
    rows = tuple((name, one["median"], one["normal"], one["probability"]) for name, one in found)
    shown = tuple(
        (FIGURES[name], short(own), short(normal), f"{p:.3f}" if p >= 0.001 else "< 0.001")
        for name, own, normal, p in rows
    )
    headings = ("of a neighbourhood", "median", "normal", "p")
    return Table("neighbourhoods", ("figure", "median", "normal", "p"), rows, "", headings, shown)
