"""Densities in planes with confidence ellipses: pairs of components and pairs of main axes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm

from tasks.page.drawing import GREY, ORANGE, VERMILLION, Drawn, panels, picture
from tasks.page.section import Column, Fold, Picture, alike, fold, table
from tasks.page.wording import percent, signed
from tasks.reporting.topic import Facts, Finding, Floats, Numbers, ReportedStudy, at, measured, topic
from tasks.statistics.ellipse import confidence_ellipse

SIGMAS = (1, 2, 3)
CLOSE = 0.02
"""Difference of shares that does not matter to a reader."""

COARSE = 0.1
"""Difference of shares that a reader would want to know of."""

SURE = 4.0
"""Standard errors of a share of so many points beyond which a difference is not put down to chance."""

KINDS = {
    "correlation": ("ellipses", "the most strongly correlated components"),
    "offset": ("planes_offset", "the components that carry the offset"),
    "axes": ("planes_axes", "the first main axes"),
}
"""Of each kind of plane: the name of its figure, and what spans it."""


def _limits(numbers: Numbers, normal: list[float]) -> list[float]:
    """How far apart shares must be from the ``normal`` ones to matter and to be no chance."""
    images = at(numbers.summary, "images", "train")
    return [max(CLOSE, SURE * math.sqrt(p * (1 - p) / images) if images else 0.0) for p in normal]


@measured("planes")
def departing(numbers: Numbers, facts: Facts) -> dict[str, list[float]]:
    """The kinds of planes whose shares differ from a normal distribution's; None where they were not measured."""
    normal = facts["normal_share"]
    return {
        kind: own
        for kind, own in facts["mean_share"].items()
        if any(abs(a - b) > limit for a, b, limit in zip(own, normal, _limits(numbers, normal), strict=True))
    }


@measured("planes")
def planes(numbers: Numbers, facts: Facts) -> Finding:
    """Whether ellipses hold the shares of points that a normal distribution's would."""
    odd, normal = departing(numbers) or {}, facts["normal_share"]
    least = max(_limits(numbers, normal))
    unsure = not odd and least > COARSE
    if unsure:
        text = (
            "So few points do not tell whether ellipses in planes hold as many points as a normal distribution's: "
            f"differences below {percent(least)} may be chance."
        )
    elif not odd:
        text = "In planes, ellipses of 1, 2 and 3 sigma hold on average as many points as a normal distribution's."
    elif all(own[0] > normal[0] and own[2] < normal[2] for own in odd.values()):
        text = "In planes, points crowd in the middle and stray far out more than a normal distribution's would."
    else:
        text = "In planes, ellipses do not hold the shares of points that a normal distribution's would."
    found = "; ".join(f"{KINDS[kind][1]} {', '.join(map(percent, own))}" for kind, own in facts["mean_share"].items())
    detail = f"Inside 1, 2, 3 sigma: {found}. Normal: {', '.join(map(percent, normal))}."
    return Finding("planes", "planes", text, detail, decided=not unsure)


@measured("planes")
def _figures(study: ReportedStudy, facts: Facts) -> list[Picture | None]:
    return [_figure(study, kind) for kind in dict.fromkeys(facts["kind"])]


@measured("planes")
@picture
def _figure(study: ReportedStudy, facts: Facts, kind: str) -> Drawn:
    arrays = [study.statistic(f"plane_{name}") for name in ("pair", "mean", "covariance", "edge", "density", "share")]
    shown = [plane for plane, own in enumerate(facts["kind"]) if own == kind][: study.config.pairs]
    figure, axes = panels(len(shown), 3, 3.5)
    for plane, axis in zip(shown, axes, strict=True):
        pair, *values = (array[plane] for array in arrays if array is not None)
        first, second = map(int, pair)
        names = f"z$_{{{first}}}$", f"z$_{{{second}}}$"
        title = f"Components {first} and {second}, r = {signed(facts['correlation'][plane], 2)}"
        if kind == "axes":
            names = f"main axis {first + 1}", f"main axis {second + 1}"
            title = f"Main axes {first + 1} and {second + 1}"
        share = _panel(axis, *values)
        axis.set(xlabel=names[0], ylabel=names[1])
        axis.set_title(title, pad=19)
        below = {"xycoords": "axes fraction", "textcoords": "offset points", "fontsize": 8.5}
        axis.annotate(f"inside the ellipses: {share} %", (0, 1), (0, 6), **below)
    normal = [f"{100 * share:.1f} %" for share in facts["normal_share"]]
    handles, labels = axes[0].get_legend_handles_labels()
    labels = [f"{label}, normal: {share}" for label, share in zip(labels, normal, strict=True)]
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    name, spanned = KINDS[kind]
    title = f"Planes of {spanned}"
    figure.suptitle(title, x=0.008, ha="left", fontsize=10.5, fontweight="bold")
    return Drawn(
        name,
        figure,
        f"{title}: density of all training points (darker is denser, logarithmic) with the ellipses of 1, 2 and 3 "
        "sigma. Above each panel the shares of points inside of each, below the panels those of a normal "
        "distribution.",
        f"{title}: two-dimensional densities with confidence ellipses.",
    )


def _panel(axis: Any, mean: Floats, covariance: Floats, edge: Floats, density: Floats, share: Floats) -> str:
    """Draw a plane's density and ellipses; the shares of points inside of them in words."""
    counts = np.where(density > 0, density, np.nan).astype(float)
    axis.pcolormesh(*edge, counts, cmap="Blues", norm=LogNorm(vmin=0.5, vmax=max(2.0, float(density.max()))))
    for sigma, colour, dashes in zip(SIGMAS, (ORANGE, VERMILLION, GREY), ("-", "-", "--"), strict=True):
        outline = confidence_ellipse(mean, covariance, float(-np.expm1(-0.5 * sigma**2))).outline()
        axis.plot(*outline.T, color=colour, linestyle=dashes, linewidth=1.4, label=f"{sigma} σ")
    axis.set(xlim=(edge[0][0], edge[0][-1]), ylim=(edge[1][0], edge[1][-1]))
    return ", ".join(f"{100 * one:.1f}" for one in share)


@measured("planes", arrays=("plane_pair", "plane_share"))
def _table(study: ReportedStudy, facts: Facts, pair: Any, share: Floats) -> Fold | None:
    columns = [
        Column("kind", "plane"),
        *alike(None, "first", "second"),
        # On the page main axes are counted from 1.
        *(Column("", heading) for heading in ("first", "second")),
        Column("correlation", shown=lambda value: signed(value, 2)),
        *(Column(f"inside_{sigma}_sigma", f"{sigma} σ", percent) for sigma in SIGMAS),
    ]
    normal, held = facts["normal_share"], study.statistic("heldout_plane_share")
    if held is not None:
        columns += [Column(f"heldout_inside_{sigma}_sigma", f"held-out {sigma} σ", percent) for sigma in SIGMAS]
        share, normal = np.concatenate([share, held], axis=1), 2 * normal
    rows = [
        (kind, *map(int, own), *(int(one) + (kind == "axes") for one in own), float(correlation), *map(float, inside))
        for kind, own, correlation, inside in zip(facts["kind"], pair, facts["correlation"], share, strict=True)
    ]
    caption = "Share of the points inside each ellipse, which is that of the training points on either side."
    listed = table("planes", columns, rows, caption, marked={0})
    above = ("normal distribution", "", "", "", *map(percent, normal))
    return fold(f"All {len(rows)} planes", replace(listed, shown=(above, *(listed.shown or ()))))


ORDER, RANK = 420, 65
FINDERS = (planes,)
build = topic("planes", "Planes through the cloud", _figures, _table)
