"""How far from the origin real points and drawn ones lie."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from scipy.stats import gaussian_kde

from tasks.reporting.drawing import GREY, panels, plot, shades, style
from tasks.reporting.findings.finding import short
from tasks.reporting.scores import level_words
from tasks.reporting.section import Fold, Picture, Prose, Section, Table
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
    """Radius distributions, and a table of typical radii and Mahalanobis distances."""
    real = study.statistic("radius")
    if real is None or not study.samples:
        return None
    text = Markup(
        "<p>Uniform draws in high dimensions lie on a thin shell, wherever the data may be. The radius |z| alone does "
        "not tell whether a draw meets the region that real faces fill; the Mahalanobis distance d<sub>M</sub>, "
        "which counts in the data's own spread along every direction, does.</p>"
    )
    blocks = (
        Prose(text),
        _histograms(study, np.asarray(real)),
        Fold("Typical radii and distances of all draws", (_table(study, np.asarray(real)),)),
    )
    return Section("radii", "Radii", blocks, study.claims("radii"))


def _histograms(study: Study, real: Floats) -> Picture:
    with style():
        figure, axes = panels(len(study.samples), ACROSS, 1.9)
        low, high = np.quantile(real, [0.001, 0.999])
        for place, (draws, axis) in enumerate(zip(study.samples.values(), axes, strict=True)):
            radii = [draws.radius(level) for level in range(len(draws.labels))]
            ends = min(low, *(radius.min() for radius in radii)), max(high, *(radius.max() for radius in radii))
            places = np.linspace(*_limited(ends, low, high), PLACES)
            axis.fill_between(places, density(real, places), color="#d0d0d0", label="real" if place == 0 else None)
            for level, (colour, radius) in enumerate(zip(shades(len(radii)), radii, strict=True)):
                axis.plot(places, density(radius, places), color=colour, linewidth=1.5, label=draws.title(level))
            axis.set(title=draws.name, yticks=[], xlabel="|z|")
            axis.set_xlim(places[0], places[-1] + (0.3 if len(radii) > 3 else 0.0) * np.ptp(places))
            axis.set_ylim(0, _tallest(real, radii, places))
            if len(radii) <= 7:
                axis.legend(**LEGEND)
            axis.spines["left"].set_color(GREY)
        return plot(
            "radii",
            figure,
            study.config.dpi,
            "Distribution of the radius |z| of all real points (grey) and of each sampler at its levels (the darker, "
            "the later in its sweep). Heights are densities; very narrow shells are cut off at the top.",
            "Small histograms, one per sampler, of the radius of drawn points over that of real points.",
        )


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
