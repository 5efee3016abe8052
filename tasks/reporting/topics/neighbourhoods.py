"""The cloud from near by: how points lie around one another, and whether there are micro-correlations."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from tasks.finished.numbers import CHANCE
from tasks.page.drawing import BLUE, GREY, Drawn, panels, picture
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import p_value, short
from tasks.reporting.topic import Evidence, Facts, Finding, Numbers, ReportedStudy, measured, topic

DRAWN = (
    ("dimension", "Dimensions", "dimensions of a neighbourhood"),
    ("variance_share", "Variance", "variance within, share of the whole"),
    ("strength", "Correlations", "correlation between leading axes, rms"),
)
FIGURES = {
    "dimension": "dimensions",
    "variance_share": "variance within, share of the whole",
    "angle": "angle to the cloud's leading axes, degrees",
    "strength": "correlation between leading axes, root mean square",
    "likeness": "likeness to the correlations of the whole",
    "agreement": "likeness to the other neighbourhoods",
}
COLUMNS = (
    Column("figure", "of a neighbourhood", FIGURES.__getitem__),
    *alike(short, "median", "normal"),
    Column("p", shown=p_value),
)
BINS = 30


@measured("locality")
def micro_correlations(numbers: Numbers, facts: Facts) -> Finding | None:
    """Whether neighbourhoods are flatter, or more strongly correlated within, than those of a normal distribution."""
    flat, strong = (facts["figures"].get(name) for name in ("dimension", "strength"))
    if not flat or not strong:
        return None
    told = [one["probability"] < CHANCE for one in (flat, strong)]
    flatter = ["flatter"] if told[0] and flat["median"] < flat["normal"] else []
    stronger = ["more strongly correlated"] if told[1] and strong["median"] > strong["normal"] else []
    if flatter or stronger:
        how = " and ".join(flatter + stronger)
        text = f"Micro-correlations exist: neighbourhoods are {how} than one normal distribution's."
    elif any(told):
        text = "Neighbourhoods differ from those of a normal distribution, but not in their correlations."
    else:
        text = "No evidence of micro-correlations: neighbourhoods are like those of one normal distribution."
    detail = (
        f"The {facts['neighbours']} nearest points spread over {short(flat['median'])} dimensions (normal: "
        f"{short(flat['normal'])}); between the leading axes, uncorrelated overall, they correlate by "
        f"{short(strong['median'])} (normal: {short(strong['normal'])})."
    )
    bars = (Evidence("real points", flat["median"]), Evidence("normal points", flat["normal"]))
    unit = f"dimensions of {facts['neighbours']} nearest points"
    return Finding("micro", "neighbourhoods", text, detail, bars, unit, any(told))


@measured("locality")
@picture
def _neighbourhoods(study: ReportedStudy, facts: Facts) -> Drawn:
    figure, axes = panels(len(DRAWN), 3, 3.1)
    for axis, (name, title, label) in zip(axes, DRAWN, strict=True):
        own, normal = (np.ravel(np.asarray(study.statistic(f"{side}local_{name}"))) for side in ("", "normal_"))
        own, normal = own[np.isfinite(own)], normal[np.isfinite(normal)]
        both = np.concatenate([own, normal])
        edges = np.linspace(both.min(), both.max(), BINS + 1) if len(both) and np.ptp(both) > 0 else BINS
        for values, colour, words, kind, fade in (
            (normal, GREY, "normal samples", "stepfilled", 0.55),
            (own, BLUE, "training points", "step", 1.0),
        ):
            if len(values):
                weights = np.full(len(values), 100 / len(values))
                axis.hist(values, edges, weights=weights, color=colour, histtype=kind, alpha=fade, label=words)
        axis.set(xlabel=label, title=title)
        axis.xaxis.set_major_locator(MaxNLocator(5))
    axes[0].set(ylabel="% of the neighbourhoods")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return Drawn(
        "neighbourhoods",
        figure,
        f"The {facts['neighbours']} nearest points of each of {facts['anchors']} training points: over how many "
        "dimensions they spread, how much of the whole variance that is, and how strongly the leading main axes, "
        "uncorrelated over the whole cloud, are correlated there. Grey: the same in simulated normal samples.",
        "Histograms of local dimension, local variance and local correlation, real and simulated.",
    )


@measured("locality", "figures")
def _table(study: ReportedStudy, figures: Facts) -> Fold | None:
    found = [(name, figures[name]) for name in FIGURES if figures.get(name)]
    rows = [(name, one["median"], one["normal"], one["probability"]) for name, one in found]
    return fold("The neighbourhoods in numbers", table("neighbourhoods", COLUMNS, rows))


ORDER, RANK = 810, 84
FINDERS = (micro_correlations,)
build = topic("neighbourhoods", "How points lie around one another", _neighbourhoods, _table, first=("micro",))
