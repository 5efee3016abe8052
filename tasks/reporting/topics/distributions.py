"""Marginal distributions of chosen components, with centre and half-width."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.page.drawing import BLUE, ORANGE, VERMILLION, Drawn, panels, picture
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import short
from tasks.reporting.topic import Evidence, Finding, Floats, Numbers, ReportedStudy, at, measured, topic

ACROSS = 4
NORMAL_RATIO = math.sqrt(2 * math.log(2))
"""Half-width over standard deviation of a normal distribution."""

COLUMNS = (
    Column("component"),
    *alike(short, "mean", "std", "minimum", "maximum", "centre", half_width="half-width"),
    *alike(short, half_width_per_std="half-width / σ", ks_distance="KS", skewness="skewness"),
    *alike(short, excess_kurtosis="kurtosis"),
    Column("kind"),
)


class Chosen(NamedTuple):
    """A component and why it is shown."""

    component: int
    reason: str


@measured("half_width_ratio", "components", "quantiles", "0.5")
def shape(numbers: Numbers, ratio: float) -> Finding:
    """Half-width over standard deviation, beside a normal distribution's."""
    if ratio < 0.95 * NORMAL_RATIO:
        text = "Single components are more peaked than a normal distribution."
    elif ratio > 1.05 * NORMAL_RATIO:
        text = "Single components are flatter than a normal distribution."
    else:
        text = "Single components are about as wide at half height as a normal distribution."
    detail = f"Median half-width / σ {ratio:.3f}; a normal distribution has {NORMAL_RATIO:.3f}."
    bars = (Evidence("components, median", ratio), Evidence("normal", NORMAL_RATIO))
    return Finding("shape", "distributions", text, detail, bars, "half-width / σ")


@measured("shape", "kinds")
def kinds(numbers: Numbers, counted: dict[str, int]) -> Finding:
    """How many components have which kind of marginal distribution."""
    whole, normal = sum(counted.values()), counted.get("normal-like", 0)
    others = {kind: count for kind, count in counted.items() if kind != "normal-like"}
    named = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items(), key=lambda one: -one[1]))
    if whole == 1:
        text = f"The marginal distribution of the only component is {next(iter(counted))}."
    elif not others:
        text = f"All {whole} components have marginal distributions shaped like a normal one."
    elif normal >= 0.5 * whole:
        text = f"{normal} of {whole} components have marginal distributions shaped like a normal one; {named}."
    else:
        text = f"Only {normal} of {whole} components have marginal distributions shaped like a normal one: {named}."
    kurtosis = at(numbers.summary, "shape", "median_excess_kurtosis")
    detail = "" if kurtosis is None else f"Median excess kurtosis {short(kurtosis)}; a normal distribution has 0."
    return Finding("kinds", "distributions", text, detail)


def _arrays(study: ReportedStudy, *names: str) -> list[Floats]:
    return [np.asarray(study.statistic(name), np.float64) for name in names]


def chosen(study: ReportedStudy, count: int) -> list[Chosen]:
    """The clearest component of each kind, then others in turn: widest, most off-centre, least normal, typical."""
    centre, width, deviation = _arrays(study, "centre", "half_width", "std")
    usable = np.flatnonzero(np.isfinite(width) & np.isfinite(centre) & (deviation > 0))
    if len(usable) == 0:
        return []
    ratio = width[usable] / deviation[usable]
    rules = (
        ("widest", -width[usable]),
        ("most off-centre", -np.abs(centre[usable])),
        ("least normal", -np.abs(ratio - NORMAL_RATIO)),
        ("typical", np.abs(width[usable] - np.median(width[usable]))),
    )
    orders = [(reason, iter(usable[np.argsort(key, kind="stable")])) for reason, key in rules]
    picked = dict(list(_clearest(study, usable).items())[:count])
    kinds = tuple(picked.values())
    while len(picked) < min(count, len(usable)):
        for reason, order in orders:
            component = next((int(j) for j in order if int(j) not in picked), None)
            if component is not None and len(picked) < count:
                picked[component] = reason
    place = {reason: index for index, reason in enumerate((*kinds, *(reason for reason, _ in rules)))}
    return sorted((Chosen(j, reason) for j, reason in picked.items()), key=lambda one: place[one.reason])


def _clearest(study: ReportedStudy, usable: npt.NDArray[np.intp]) -> dict[int, str]:
    """One component of each kind that occurs: the farthest from its normal fit, of the normal-like the nearest."""
    kinds, (distance,) = _kinds(study), _arrays(study, "gaussian_fit_distance")
    found: dict[int, str] = {}
    for kind in dict.fromkeys(kinds):
        own = [int(j) for j in usable if kinds[j] == kind]
        if own:
            found[(min if kind == "normal-like" else max)(own, key=lambda j: float(distance[j]))] = kind
    # The odd kinds first: they are what there may be no room for otherwise.
    return dict(sorted(found.items(), key=lambda one: (one[1] == "normal-like", one[0])))


def _kinds(study: ReportedStudy) -> list[str]:
    """The kind of each component."""
    return [study.summary["shape"]["kind_names"][int(kind)] for kind in _arrays(study, "shape")[0]]


@picture
def _panels(study: ReportedStudy) -> Drawn:
    shown = chosen(study, study.config.components)
    figure, axes = panels(max(len(shown), 1), ACROSS, 1.95)
    arrays = _arrays(study, "histogram", "bin_edge", "centre", "half_width", "mean", "std")
    for place, (one, axis) in enumerate(zip(shown, axes, strict=False)):
        _panel(axis, place == 0, *(values[one.component] for values in arrays))
        again = "next " if one.reason in {before.reason for before in shown[:place]} else ""
        axis.set_title(f"z$_{{{one.component}}}$, {again}{one.reason}")
        if place % ACROSS == 0:
            axis.set_ylabel("points per bin")
    figure.legend(loc="outside lower center", ncols=3)
    return Drawn(
        "distributions",
        figure,
        "Values of chosen components over the training points. The centre is the peak of the smoothed histogram, the "
        "half-width half its full width at half maximum, so that tails move neither. The curve is a normal "
        "distribution with the component's mean and standard deviation. The first panels show the clearest component "
        "of each kind that occurs, the others are chosen for what stands above them.",
        "Small histograms of single latent components with their centre, half-width and a normal curve.",
    )


def _panel(
    axis: Any, labelled: bool, counts: Floats, edges: Floats, centre: Any, width: Any, mean: Any, deviation: Any
) -> None:
    counts, edges = coarsened(counts, edges)
    axis.stairs(counts, edges, fill=True, color="#cfdfec")
    x = np.linspace(edges[0], edges[-1], 300)
    density = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    normal, middle, half = ("normal fit", "centre", "centre ± half-width") if labelled else (None, None, None)
    axis.plot(x, density * counts.sum() * (edges[1] - edges[0]), color=BLUE, linewidth=1.2, label=normal)
    axis.axvline(centre, color=VERMILLION, linewidth=1.4, label=middle)
    peak = (counts * (edges[:-1] <= centre) * (centre <= edges[1:])).max()
    axis.hlines(peak / 2, centre - width, centre + width, color=ORANGE, linewidth=4, label=half)
    axis.set_xlabel(f"value; centre {short(centre)} ± {short(width)}")
    reach = max(5 * width, 2.5 * deviation)
    axis.set_xlim(max(edges[0], centre - reach), min(edges[-1], centre + reach))


def coarsened(counts: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Neighbouring bins joined where there are too few counts for that many: as many bins as the root of the counts."""
    wanted = max(12, int(np.sqrt(counts.sum())))
    joined = max(1, len(counts) // wanted)
    whole = len(counts) // joined * joined
    return counts[:whole].reshape(-1, joined).sum(axis=1), edges[: whole + 1 : joined]


def _table(study: ReportedStudy) -> Fold | None:
    known = _arrays(study, "mean", "std", "minimum", "maximum", "centre", "half_width")
    ratio = known[-1] / np.where(known[1] > 0, known[1], np.nan)
    shape = _arrays(study, "gaussian_fit_distance", "skewness", "excess_kurtosis")
    values = np.stack([*known, ratio, *shape], axis=1).tolist()
    rows = [(j, *numbers, kind) for j, (numbers, kind) in enumerate(zip(values, _kinds(study), strict=True))]
    caption = (
        f"For a normal distribution half-width / σ is {NORMAL_RATIO:.4f}. KS: largest gap between the cumulative "
        "distribution and its normal fit. Kurtosis: excess over a normal distribution's."
    )
    return fold(f"All components in numbers: {len(rows):,}", table("components", COLUMNS, rows, caption))


ORDER, RANK = 210, 40
FINDERS = (shape, kinds)
build = topic("distributions", "Marginal distributions", _panels, _table)
