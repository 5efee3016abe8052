"""How far from the origin real points and drawn ones lie."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from scipy.stats import gamma, gaussian_kde

from storage.arrays import read_array
from tasks.assessment.tables import level_words
from tasks.finished.metrics import metric_named
from tasks.finished.samples import SampleSet
from tasks.finished.study import Floats
from tasks.ingestion.partition import TRAIN
from tasks.page.drawing import GREY, VERMILLION, panels, plot, shades, style
from tasks.page.finding import Finding
from tasks.page.render import prose
from tasks.page.section import Block, Fold, Picture, Prose, Section, Table
from tasks.page.wording import percent, short
from tasks.reporting.study import ReportedStudy

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
"""A draw is good up to this multiple of the reconstructions' distance, and far from good beyond it."""
LEGEND = {"fontsize": 7, "handlelength": 1.0, "labelspacing": 0.25, "borderpad": 0.0} | {
    "loc": "upper left",
    "bbox_to_anchor": (1.0, 1.0),
}


def build(study: ReportedStudy) -> Section | None:
    """Distributions of radius and centre distance beside theory, and a table of typical distances."""
    real, centred = study.statistic("radius"), study.statistic("centre_distance")
    if real is None or not study.samples:
        return None
    text = Markup("<p>{}</p>").format(
        prose(
            "Uniform draws in high dimensions lie on a thin shell, wherever the data may be, and their radius |z| says "
            "little of whether they meet the region that real faces fill. The Mahalanobis distance d_M says more, as "
            "it counts in the data's own spread along every direction."
        )
    )
    radii = {name: [draws.radius(level) for level in range(len(draws.labels))] for name, draws in study.samples.items()}
    origin = np.zeros(study.dimension)
    blocks: list[Block] = [Prose(text), _histograms(study, "radii", "|z|", np.asarray(real), radii, origin)]
    if centred is not None:
        distances = {
            name: [
                values for level in range(len(draws.labels)) if (values := draws.values("euclidean", level)) is not None
            ]
            for name, draws in study.samples.items()
        }
        kept = {name: values for name, values in distances.items() if values}
        centre = np.asarray(study.statistic("centre"), np.float64)
        blocks.append(_histograms(study, "centre_distances", "|z − centre|", np.asarray(centred), kept, centre))
    distance = study.statistic("mahalanobis")
    if distance is not None:
        own = {name: [draws.values("mahalanobis", level) for level in range(len(draws.labels))]
               for name, draws in study.samples.items()}  # fmt: skip
        known = {name: [one for one in levels if one is not None] for name, levels in own.items()}
        known = {name: levels for name, levels in known.items() if levels}
        blocks.append(_histograms(study, "mahalanobis_distances", "d_M", np.asarray(distance), known, None))
    blocks.append(Fold("Typical radii and distances of all draws", (_table(study, np.asarray(real)),)))
    found = (fitting_radii(study, np.asarray(real)), fitting_distances(study))
    claims = tuple(claim for claim in found if claim is not None)
    return Section("radii", "Radii", tuple(blocks), (*study.claims("radii"), *claims))


def fitting_radii(study: ReportedStudy, real: Floats) -> Finding | None:
    """Whether draws whose typical radius is a real point's lie where real points do, by d_M; None without distances."""
    distance = study.statistic("mahalanobis")
    if distance is None:
        return None
    low, high = np.quantile(real, [0.25, 0.75])
    far, typical = (float(np.quantile(distance, share)) for share in (0.95, 0.5))
    draws = [(one, level) for one in study.samples.values() for level in range(len(one.labels))]
    fitting = [
        (_median(one, level), f"{one.name} {level_words(one.labels[level])}".strip())
        for one, level in draws
        if low <= np.median(one.radius(level)) <= high
    ]
    fitting = [one for one in fitting if np.isfinite(one[0])]
    beyond = sum(own > far for own, _ in fitting)
    detail = (
        f"{len(fitting)} of {len(draws)} draws, all levels of all samplers, have a median radius within the middle "
        f"half of the real points'; the median d_M of {beyond} of them is beyond {far:.1f}, which 95 % of the real "
        "points stay below."
    )
    if not fitting:
        text = "No draw has a radius that is usual among real points."
    elif not beyond:
        text = "Draws with the radius of real points are, by Mahalanobis distance, among them too."
    else:
        own, name = max(fitting)
        text = (
            f"The right radius is not enough: {name} has that of real points, but lies "
            f"{own / typical:.1f} times as far out as they do in Mahalanobis distance."
        )
    return Finding("radii", "radii", text, detail)


def fitting_distances(study: ReportedStudy) -> Finding | None:
    """Whether draws at a usual d_M are good, and good ones at a usual d_M; None without scores or distances."""
    distance, judge = study.statistic("mahalanobis"), study.judge
    fixed = study.scores.judged(judge, "reconstruction")[:1]
    if distance is None or not fixed or not fixed[0].value > 0:
        return None
    low, high, first, last = (float(np.quantile(distance, share)) for share in (0.25, 0.75, 0.05, 0.95))
    rows = [
        (score, _median(study.samples[score.sampler], level))
        for score in study.scores.judged(judge)
        if (level := study.level(score.sampler, score.label)) is not None
    ]
    rows = [(score, own) for score, own in rows if np.isfinite(own)]
    usual = [(score, own) for score, own in rows if low <= own <= high]
    good = [own for score, own in rows if score.value <= OFTEN * fixed[0].value]
    inside = sum(first <= own <= last for own in good)
    if not usual or not good:
        return None
    title = metric_named(judge.metric).title
    worst, own = max(usual, key=lambda one: one[0].value)
    times = worst.value / fixed[0].value
    apart = times > OFTEN and study.numbers.compare(fixed[0], worst).better
    if apart and inside == len(good):
        text = "A usual d_M is needed for good faces, but is not enough for them."
    elif apart:
        text = "A usual d_M is not enough for good faces."
    elif inside == len(good):
        text = "Draws at a usual d_M are good, and good ones lie at a usual d_M."
    else:
        text = "Draws at a usual d_M are good, but so are some at another."
    ends = f"{first:.1f} to {last:.1f}, the middle 90 % of the real points"
    detail = (
        f"{worst.name} has a median d_M of {own:.1f}, where real points have {float(np.median(distance)):.1f}, and "
        f"its {title} is {short(times)} times that of reconstructions. Of {len(good)} draws with at most "
        f"{OFTEN:g} times the reconstructions' {title}, {inside} lie at a median d_M of {ends}."
    )
    return Finding("distances", "radii", text, detail)


def _histograms(
    study: ReportedStudy, name: str, quantity: str, real: Floats, drawn: dict[str, list[Floats]], about: Floats | None
) -> Picture:
    """A panel per sampler: real points in grey, each level a curve, and the theory's about a point where there is one.

    ``about``: (d,) what the distance is taken from; None where theory has nothing to say.
    """
    dotted = "" if about is None else " Dotted orange: what theory expects of the uniform and the normal draws."
    with style():
        figure, axes = panels(len(drawn), ACROSS, 1.75)
        low, high = np.quantile(real, [0.001, 0.999])
        for place, ((sampler, levels), axis) in enumerate(zip(drawn.items(), axes, strict=True)):
            draws = study.samples[sampler]
            ends = (
                min(low, *(values.min() for values in levels)),
                max(high, *(np.quantile(values, FARTHEST) for values in levels)),
            )
            places = np.linspace(*_limited(ends, low, high), PLACES)
            axis.fill_between(places, density(real, places), color="#d0d0d0", label="real" if place == 0 else None)
            for level, (colour, values) in enumerate(zip(shades(len(levels)), levels, strict=True)):
                if np.ptp(values) < places[1] - places[0]:
                    axis.axvline(np.median(values), color=colour, linewidth=1.5, label=draws.brief(level))
                else:
                    axis.plot(places, density(values, places), color=colour, linewidth=1.5, label=draws.brief(level))
            for expected in theory(study, draws, places, about) if about is not None else ():
                axis.plot(places, expected, color=VERMILLION, linewidth=1.0, linestyle=":")
            axis.set(title=sampler, yticks=[], xlabel=quantity.replace("d_M", "$d_M$"))
            if place % ACROSS == 0:
                axis.set_ylabel("density")
            axis.set_xlim(places[0], places[-1])
            axis.set_ylim(0, _tallest(real, levels, places))
            if len(levels) <= 7:
                axis.legend(**LEGEND)
            axis.spines["left"].set_color(GREY)
        return plot(
            name,
            figure,
            study.config.dpi,
            f"Distribution of {quantity} of all real points (grey) and of each sampler at its levels (the darker, "
            "the later in its sweep). Very narrow shells are cut off at the top; a panel ends where "
            f"{percent(FARTHEST)} of its farthest level are shown, or {ROOM:g} ranges of the real points beyond "
            f"them.{dotted}",
            f"Small histograms, one per sampler, of {quantity} of drawn points over that of real points.",
        )


def theory(study: ReportedStudy, draws: SampleSet, places: Floats, about: Floats) -> list[Floats]:
    """Densities of |z − about| at ``places`` (m,) that theory expects of each level; none without a closed form.

    The squared distance is taken as a gamma variable with its exact mean and variance (Satterthwaite 1946).
    """
    curves = []
    for level in range(len(draws.labels)):
        expected = squared_distance(study, draws, level, about)
        if expected is None or not expected[1] > 0:
            return []
        mean, variance = expected
        curves.append(2 * places * gamma.pdf(places**2, mean**2 / variance, scale=variance / mean))
    return curves


def squared_distance(study: ReportedStudy, draws: SampleSet, level: int, about: Floats) -> tuple[float, float] | None:
    """Mean and variance of |z − about|² at a level of the uniform and normal samplers; about: (d,).

    With a the middle's distance from ``about``, uniform within ± b_j: Σ (b²/3 + a²) and Σ (4 b⁴/45 + 4 a² b²/3);
    normal with covariance C: tr C + |a|² and 2 tr C² + 4 aᵀC a.
    """
    centre, half_width, mean, covariance = (
        np.asarray(study.statistic(name), np.float64) for name in ("centre", "half_width", "mean", "covariance")
    )
    swept = {
        name: float(read_array(draws.group, name)[level]) for name in ("b", "fact", "scale") if name in draws.group
    }
    if draws.name == "uniform_common" and "b0" in draws.facts and "b" in swept:
        return _uniform(-about, np.full(len(about), swept["b"] * float(draws.facts["b0"])))
    if draws.name == "uniform_component" and "fact" in swept:
        return _uniform(centre - about, swept["fact"] * half_width)
    if draws.name == "multivariate_normal":
        return _normal(mean - about, swept.get("scale", 1.0) ** 2 * covariance)
    if draws.name == "normal_component":
        return _normal(mean - about, swept.get("scale", 1.0) ** 2 * np.diag(np.diagonal(covariance)))
    return None


def _uniform(a: Floats, b: Floats) -> tuple[float, float]:
    return float(np.sum(b**2 / 3 + a**2)), float(np.sum(4 * b**4 / 45 + 4 * a**2 * b**2 / 3))


def _normal(a: Floats, covariance: Floats) -> tuple[float, float]:
    mean = float(np.trace(covariance) + a @ a)
    return mean, float(2 * np.sum(covariance**2) + 4 * (a @ covariance @ a))


def _limited(ends: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """Far levels would squeeze the real points into a corner: only ``ROOM`` times their range is drawn beside them."""
    room = ROOM * (high - low)
    return max(0.0, float(ends[0]), float(low - room)), min(float(ends[1]), float(high + room))


def density(values: Floats, places: Floats) -> Floats:
    """Kernel estimate (Silverman's bandwidth) of the density of ``values`` (n,) at ``places`` (m,): (m,)."""
    values = values[:: max(1, len(values) // KERNELS)]
    if len(values) < 2 or np.ptp(values) == 0:
        return np.zeros(len(places))
    return np.asarray(gaussian_kde(values, "silverman")(places))


def _tallest(real: Floats, radii: list[Floats], places: Floats) -> float:
    heights = [float(density(values, places).max()) for values in (real, *radii)]
    return 1.08 * min(max(heights), 3 * heights[0])


def _table(study: ReportedStudy, real: Floats) -> Table:
    mahalanobis = study.statistic("mahalanobis")
    rows: list[tuple[str | float, ...]] = []
    for name, mask in (("real, training", study.partition == TRAIN), ("real, held-out", study.partition != TRAIN)):
        if mask.any():
            own = float(np.median(mahalanobis[mask])) if mahalanobis is not None else float("nan")
            rows.append((name, "", float(np.median(real[mask])), own))
    for draws in study.samples.values():
        for level, label in enumerate(draws.labels):
            rows.append((draws.name, label, float(np.median(draws.radius(level))), _median(draws, level)))
    name = Markup("{}<small>{}</small>")
    shown = tuple(
        (name.format(row[0], level_words(str(row[1]))), *(short(float(value)) for value in row[2:])) for row in rows
    )
    return Table(
        "radii",
        ("points", "label", "median_radius", "median_mahalanobis"),
        tuple(rows),
        "Typical radius and Mahalanobis distance of real points and of each draw.",
        ("points", "median |z|", "median d_M"),
        shown,
        frozenset(place for place, row in enumerate(rows) if str(row[0]).startswith("real")),
    )


def _median(draws: SampleSet, level: int) -> float:
    values = draws.values("mahalanobis", level)
    return float(np.median(values)) if values is not None else float("nan")
