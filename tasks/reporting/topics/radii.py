"""How far from the origin real points and drawn ones lie."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from tasks.assessment.tables import level_words
from tasks.finished.densities import Gamma, kernel_density
from tasks.finished.samples import SampleSet
from tasks.finished.study import Floats
from tasks.ingestion.partition import TRAIN
from tasks.page.drawing import GREY, VERMILLION, Drawn, panels, picture, shades
from tasks.page.finding import Finding
from tasks.page.render import prose
from tasks.page.section import Cell, Column, Prose, Section, Table, fold, section, table
from tasks.page.wording import percent, short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.words import named
from tasks.sampling.facts import Facts
from tasks.sampling.registry import class_of

ORDER = 630
ACROSS = 3
PLACES = 240
KERNELS = 4000
"""At most about this many points, evenly strided, make a curve; more would not change it visibly."""
FARTHEST = 0.98
"""Share of a level's points that a panel shows at least, unless they lie very far out."""
ROOM = 2.0
"""At most this many times the real points' range is drawn on either side of it."""
OFTEN = 2.0
"""A draw is good up to this multiple of the reconstructions' distance at the same n, and far from good beyond it."""
LEGEND = {"fontsize": 7, "handlelength": 1.0, "labelspacing": 0.25, "borderpad": 0.0} | {
    "loc": "upper left",
    "bbox_to_anchor": (1.0, 1.0),
}


def build(study: ReportedStudy) -> Section | None:
    """Distributions of radius and centre distance beside theory, and a table of typical distances."""
    real = study.statistic("radius")
    if real is None or not study.samples:
        return None
    text = Markup("<p>{}</p>").format(
        prose(
            "In many dimensions uniform draws lie on a thin shell, wherever the data are, and their radius |z| says "
            "little about whether they reach the region of real points. The Mahalanobis distance d_M says more, as "
            "it measures each direction in units of the data's own spread."
        )
    )
    return section(
        "radii",
        "Radii",
        Prose(text),
        _histograms(study, "radii", "|z|", "radius", np.zeros(study.dimension)),
        _histograms(study, "centre_distances", "|z − centre|", "centre_distance", study.statistic("centre")),
        _histograms(study, "mahalanobis_distances", "d_M", "mahalanobis", None),
        fold("Typical radii and distances of all draws", _table(study, np.asarray(real))),
        claims=(
            *study.claims("radii"),
            fitting_radii(study, np.asarray(real)),
            fitting_distances(study) if isinstance(study, ReportedStudy) else None,
        ),
    )


DRAWN = {"centre_distance": "euclidean", "mahalanobis": "mahalanobis"}
"""The array of the samples that holds a statistic's counterpart of the draws."""


def _drawn(study: ReportedStudy, quantity: str) -> dict[str, list[Floats]]:
    """Each sampler's distances at its levels, where they were kept."""
    found = {
        name: [
            draws.radius(level) if quantity == "radius" else draws.values(DRAWN[quantity], level)
            for level in range(len(draws.labels))
        ]
        for name, draws in study.samples.items()
    }
    known = {name: [values for values in levels if values is not None] for name, levels in found.items()}
    return {name: levels for name, levels in known.items() if levels}


class Typical(NamedTuple):
    """Medians over the points of one level; ``mahalanobis``: NaN where it was not kept."""

    sampler: str
    label: str
    radius: float
    mahalanobis: float


def typical(study: ReportedStudy) -> list[Typical]:
    """All draws, level by level."""
    found = []
    for name, draws in study.samples.items():
        for level, label in enumerate(draws.labels):
            own = draws.values("mahalanobis", level)
            distance = math.nan if own is None else float(np.median(own))
            found.append(Typical(name, label, float(np.median(draws.radius(level))), distance))
    return found


def fitting_radii(study: ReportedStudy, real: Floats) -> Finding | None:
    """Whether draws whose typical radius is a real point's lie where real points do, by d_M; None without distances."""
    distance = study.statistic("mahalanobis")
    if distance is None:
        return None
    low, high = np.quantile(real, [0.25, 0.75])
    far, usual = (float(np.quantile(distance, share)) for share in (0.95, 0.5))
    draws = typical(study)
    fitting = [one for one in draws if low <= one.radius <= high and np.isfinite(one.mahalanobis)]
    beyond = sum(one.mahalanobis > far for one in fitting)
    detail = (
        f"{len(fitting)} of {len(draws)} draws, all levels of all samplers, have a median radius within the middle "
        f"half of the real points'; the median d_M of {beyond} of them is beyond {far:.1f}, which 95 % of the real "
        "points stay below."
    )
    if not fitting:
        text = "No draw has the radius of typical real points."
    elif not beyond:
        text = "Draws with the radius of real points are also among them by Mahalanobis distance."
    else:
        worst = max(fitting, key=lambda one: one.mahalanobis)
        text = (
            f"The right radius is not enough: {worst.sampler} {level_words(worst.label)}".strip()
            + f" has that of real points, but lies {worst.mahalanobis / usual:.1f} times as far out as they do in "
            "Mahalanobis distance."
        )
    return Finding("radii", "radii", text, detail)


def fitting_distances(study: ReportedStudy) -> Finding | None:
    """Whether draws at a usual d_M are good, and good ones at a usual d_M; None without scores or distances."""
    distance, criterion = study.statistic("mahalanobis"), study.criterion
    fixed = study.scores.by(criterion, "reconstruction")[:1]
    if distance is None or not fixed or not fixed[0].value > 0:
        return None
    low, high, first, last = (float(np.quantile(distance, share)) for share in (0.25, 0.75, 0.05, 0.95))
    known = {(one.sampler, one.label): one.mahalanobis for one in typical(study) if np.isfinite(one.mahalanobis)}
    scores = [score for score in study.scores.by(criterion) if (score.sampler, score.label) in known]
    rows = [(score, known[score.sampler, score.label]) for score in scores]
    usual = [(score, own) for score, own in rows if low <= own <= high]
    good = [own for score, own in rows if score.value <= OFTEN * fixed[0].value]
    inside = sum(first <= own <= last for own in good)
    if not usual or not good:
        return None
    worst, own = max(usual, key=lambda one: one[0].value)
    times = worst.value / fixed[0].value
    apart = times > OFTEN and study.numbers.compare(fixed[0], worst).better
    if apart and inside == len(good):
        text = "All good draws have a typical d_M, but not all draws with a typical d_M are good."
    elif apart:
        text = "Not all draws with a typical d_M are good."
    elif inside == len(good):
        text = "Draws with a typical d_M are good, and good draws have a typical d_M."
    else:
        text = "Draws with a typical d_M are good, but so are some others."
    ends = f"{first:.1f} to {last:.1f}, the middle 90 % of the real points"
    detail = (
        f"{worst.name} has a median d_M of {own:.1f}, where real points have {float(np.median(distance)):.1f}, and "
        f"its {criterion.title} is {times:.2g} times that of as many held-out reconstructions. Of {len(good)} draws "
        f"with at most {OFTEN:g} times the reconstructions' {criterion.title}, {inside} lie at a median d_M of {ends}."
    )
    return Finding("distances", "radii", text, detail)


@picture
def _histograms(
    study: ReportedStudy, name: str, quantity: str, statistic: str, about: npt.NDArray[Any] | None
) -> Drawn | None:
    """A panel per sampler: real points in grey, each level a curve, and the theory's about a point where there is one.

    ``about``: (d,) what the distance is taken from; None where theory has nothing to say.
    """
    found = study.statistic(statistic)
    if found is None:
        return None
    real, drawn = np.asarray(found), _drawn(study, statistic)
    dotted = "" if about is None else " Dotted orange: what theory expects of the uniform and the normal draws."
    figure, axes = panels(len(drawn), ACROSS, 1.75)
    low, high = np.quantile(real, [0.001, 0.999])
    for place, ((sampler, levels), axis) in enumerate(zip(drawn.items(), axes, strict=True)):
        draws = study.samples[sampler]
        ends = (
            min(low, *(values.min() for values in levels)),
            max(high, *(np.quantile(values, FARTHEST) for values in levels)),
        )
        places = np.linspace(*_limited(ends, low, high), PLACES)
        heights, *curves = (density(values, places) for values in (real, *levels))
        axis.fill_between(places, heights, color="#d0d0d0", label="real" if place == 0 else None)
        for level, (colour, values, curve) in enumerate(zip(shades(len(levels)), levels, curves, strict=True)):
            if np.ptp(values) < places[1] - places[0]:
                axis.axvline(np.median(values), color=colour, linewidth=1.5, label=draws.brief(level))
            else:
                axis.plot(places, curve, color=colour, linewidth=1.5, label=draws.brief(level))
        for expected in theory(study, draws, places, np.asarray(about, np.float64)) if about is not None else ():
            axis.plot(places, expected, color=VERMILLION, linewidth=1.0, linestyle=":")
        axis.set(title=sampler, yticks=[], xlabel=quantity.replace("d_M", "$d_M$"))
        if place % ACROSS == 0:
            axis.set_ylabel("density")
        axis.set_xlim(places[0], places[-1])
        axis.set_ylim(0, _tallest(heights, curves))
        if len(levels) <= 7:
            axis.legend(**LEGEND)
        axis.spines["left"].set_color(GREY)
    return Drawn(
        name,
        figure,
        f"Distribution of {quantity} of all real points (grey) and of each sampler at its levels (the darker, the "
        "later in its sweep). Very narrow shells are cut off at the top; a panel ends where "
        f"{percent(FARTHEST)} of its farthest level are shown, or {ROOM:g} ranges of the real points beyond them."
        f"{dotted}",
        f"Small histograms, one per sampler, of {quantity} of drawn points over that of real points.",
    )


def theory(study: ReportedStudy, draws: SampleSet, places: Floats, about: npt.NDArray[np.float64]) -> list[Floats]:
    """Densities of |z − about| at ``places`` (m,) that theory expects of each level; none without a closed form.

    The squared distance is taken as a gamma variable with its exact mean and variance (Satterthwaite 1946).
    """
    kind, facts = class_of(draws.name), Facts(draws.facts, study.statistic)
    curves: list[Floats] = []
    for level in range(len(draws.labels)):
        expected = kind.squared_distance(facts, draws.level_values(level), about)
        if expected is None or not expected[1] > 0:
            return []
        mean, variance = expected
        curves.append(2 * places * Gamma(mean**2 / variance, variance / mean).pdf(places**2))
    return curves


def _limited(ends: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """Far levels would squeeze the real points into a corner: only ``ROOM`` times their range is drawn beside them."""
    room = ROOM * (high - low)
    return max(0.0, float(ends[0]), float(low - room)), min(float(ends[1]), float(high + room))


def density(values: Floats, places: Floats) -> Floats:
    """Kernel estimate (Silverman's bandwidth) of the density of ``values`` (n,) at ``places`` (m,): (m,)."""
    values = values[:: max(1, len(values) // KERNELS)]
    if len(values) < 2 or np.ptp(values) == 0:
        return np.zeros(len(places))
    return kernel_density(values, places)


def _tallest(real: Floats, curves: list[Floats]) -> float:
    heights = [float(curve.max()) for curve in (real, *curves)]
    return 1.08 * min(max(heights), 3 * heights[0])


def _table(study: ReportedStudy, real: Floats) -> Table:
    mahalanobis = study.statistic("mahalanobis")
    rows: list[tuple[Cell, ...]] = []
    for name, mask in (("real, training", study.partition == TRAIN), ("real, held-out", study.partition != TRAIN)):
        if mask.any():
            own = float(np.median(mahalanobis[mask])) if mahalanobis is not None else float("nan")
            rows.append((name, "", float(np.median(real[mask])), own))
    fixed = range(len(rows))
    rows += typical(study)
    columns = (
        Column("points", shown=named, takes=2),
        Column("label", shown=None),
        Column("median_radius", "median |z|", short),
        Column("median_mahalanobis", "median d_M", short),
    )
    return table(
        "radii", columns, rows, "Typical radius and Mahalanobis distance of real points and of each draw.", fixed
    )
