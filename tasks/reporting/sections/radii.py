"""How far from the origin real points and drawn ones lie."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from scipy.stats import gamma, gaussian_kde

from storage.arrays import read_array
from tasks.reporting.drawing import GREY, VERMILLION, panels, plot, shades, style
from tasks.reporting.findings.finding import short
from tasks.reporting.scores import level_words
from tasks.reporting.section import Block, Fold, Picture, Prose, Section, Table
from tasks.reporting.study import TRAIN, Floats, SampleSet, Study

ORDER = 80
ACROSS = 4
PLACES = 240
KERNELS = 4000
"""At most about this many points, evenly strided, make a curve; more would not change it visibly."""
LEGEND = {"fontsize": 6.5, "handlelength": 1.0, "labelspacing": 0.2, "loc": "upper right"} | {
    "frameon": True,
    "framealpha": 0.8,
    "edgecolor": "none",
}


def build(study: Study) -> Section | None:
    """Distributions of radius and centre distance beside theory, and a table of typical distances."""
    real, centred = study.statistic("radius"), study.statistic("centre_distance")
    if real is None or not study.samples:
        return None
    text = Markup(
        "<p>Uniform draws in high dimensions lie on a thin shell, wherever the data may be. Neither the radius |z| nor "
        "the distance |z − centre| alone tells whether a draw meets the region that real faces fill; the Mahalanobis "
        "distance d<sub>M</sub>, which counts in the data's own spread along every direction, does.</p>"
    )
    radii = {name: [draws.radius(level) for level in range(len(draws.labels))] for name, draws in study.samples.items()}
    blocks: list[Block] = [Prose(text), _histograms(study, "radii", "|z|", np.asarray(real), radii)]
    if centred is not None:
        distances = {
            name: [
                values for level in range(len(draws.labels)) if (values := draws.values("euclidean", level)) is not None
            ]
            for name, draws in study.samples.items()
        }
        kept = {name: values for name, values in distances.items() if values}
        blocks.append(_histograms(study, "centre_distances", "|z − centre|", np.asarray(centred), kept))
    blocks.append(Fold("Typical radii and distances of all draws", (_table(study, np.asarray(real)),)))
    return Section("radii", "Radii", tuple(blocks), study.claims("radii"))


def _histograms(study: Study, name: str, quantity: str, real: Floats, drawn: dict[str, list[Floats]]) -> Picture:
    """A panel per sampler: real points in grey, each level a curve, and the theory's where there is one."""
    with style():
        figure, axes = panels(len(drawn), ACROSS, 1.9)
        low, high = np.quantile(real, [0.001, 0.999])
        for place, ((sampler, levels), axis) in enumerate(zip(drawn.items(), axes, strict=True)):
            draws = study.samples[sampler]
            ends = min(low, *(values.min() for values in levels)), max(high, *(values.max() for values in levels))
            places = np.linspace(*_limited(ends, low, high), PLACES)
            axis.fill_between(places, density(real, places), color="#d0d0d0", label="real" if place == 0 else None)
            for level, (colour, values) in enumerate(zip(shades(len(levels)), levels, strict=True)):
                axis.plot(places, density(values, places), color=colour, linewidth=1.5, label=draws.title(level))
            if name == "radii":
                for expected in theory(study, draws, places):
                    axis.plot(places, expected, color=VERMILLION, linewidth=1.0, linestyle=":")
            axis.set(title=sampler, yticks=[], xlabel=quantity)
            axis.set_xlim(places[0], places[-1] + (0.3 if len(levels) > 3 else 0.0) * np.ptp(places))
            axis.set_ylim(0, _tallest(real, levels, places))
            if len(levels) <= 7:
                axis.legend(**LEGEND)
            axis.spines["left"].set_color(GREY)
        dotted = (
            " Dotted red: what theory expects of the common interval and of the normal draw." if name == "radii" else ""
        )
        return plot(
            name,
            figure,
            study.config.dpi,
            f"Distribution of {quantity} of all real points (grey) and of each sampler at its levels (the darker, "
            f"the later in its sweep). Heights are densities; very narrow shells are cut off at the top.{dotted}",
            f"Small histograms, one per sampler, of {quantity} of drawn points over that of real points.",
        )


def theory(study: Study, draws: SampleSet, places: Floats) -> list[Floats]:
    """Densities of |z| at ``places`` (m,) that theory expects of each level; none for samplers without a closed form.

    |z|² is taken as a gamma variable with its exact mean and variance (Satterthwaite 1946). Uniform in [−b, b]: d b²/3
    and 4 d b⁴/45; N(m, s²C): |m|² + s² tr C and 2 s⁴ tr C² + 4 s² mᵀC m.
    """
    curves = []
    for level in range(len(draws.labels)):
        if draws.name == "uniform_common" and "b0" in draws.facts and "b" in draws.group:
            b = float(read_array(draws.group, "b")[level]) * float(draws.facts["b0"])
            mean, variance = study.dimension * b**2 / 3, 4 * study.dimension * b**4 / 45
        elif draws.name == "multivariate_normal":
            middle, covariance = (np.asarray(study.statistic(name), np.float64) for name in ("mean", "covariance"))
            scale = float(read_array(draws.group, "scale")[level]) ** 2 if "scale" in draws.group else 1.0
            mean = float(middle @ middle + scale * np.trace(covariance))
            variance = float(2 * scale**2 * np.sum(covariance**2) + 4 * scale * (middle @ covariance @ middle))
        else:
            return []
        curves.append(2 * places * gamma.pdf(places**2, mean**2 / variance, scale=variance / mean))
    return curves


def _limited(ends: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """Far levels would squeeze the real points into a corner: at most six times their range is drawn."""
    room = 5 * (high - low)
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


def _table(study: Study, real: Floats) -> Table:
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
