"""Number distributions of chosen components, with centre and half-width."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.page.drawing import BLUE, ORANGE, VERMILLION, panels, plot, style
from tasks.page.section import Block, Cell, Fold, Picture, Section, Table
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy

ORDER = 210
ACROSS = 4
FWHM = float(np.sqrt(2 * np.log(2)))
COLUMNS = ("mean", "std", "minimum", "maximum", "centre", "half_width")
REQUIRED = ("histogram", "bin_edge", "centre", "half_width", "mean", "std")


class Chosen(NamedTuple):
    """A component and why it is shown."""

    component: int
    reason: str


def build(study: ReportedStudy) -> Section | None:
    """A panel per chosen component; all components in a table."""
    if any(study.statistic(name) is None for name in REQUIRED):
        return None
    blocks: tuple[Block, ...] = (_panels(study), _table(study))
    return Section("distributions", "Number distributions", blocks, study.claims("distributions"))


def array(study: ReportedStudy, name: str) -> npt.NDArray[np.float64]:
    """A statistic that is known to be there, as float64."""
    return np.asarray(study.statistic(name), np.float64)


def chosen(study: ReportedStudy, count: int) -> list[Chosen]:
    """The clearest component of each kind, then others in turn: widest, most off-centre, least normal, typical."""
    centre, width, deviation = (array(study, name) for name in ("centre", "half_width", "std"))
    usable = np.flatnonzero(np.isfinite(width) & np.isfinite(centre) & (deviation > 0))
    if len(usable) == 0:
        return []
    ratio = width[usable] / deviation[usable]
    rules = (
        ("widest", -width[usable]),
        ("most off-centre", -np.abs(centre[usable])),
        ("least normal", -np.abs(ratio - FWHM)),
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
    kinds, distance = _kinds(study), study.statistic("gaussian_fit_distance")
    if kinds is None or distance is None:
        return {}
    found: dict[int, str] = {}
    for kind in dict.fromkeys(kinds):
        own = [int(j) for j in usable if kinds[j] == kind]
        if own:
            found[(min if kind == "normal-like" else max)(own, key=lambda j: float(distance[j]))] = kind
    # The odd kinds first: they are what there may be no room for otherwise.
    return dict(sorted(found.items(), key=lambda one: (one[1] == "normal-like", one[0])))


def _kinds(study: ReportedStudy) -> list[str] | None:
    """The kind of each component."""
    names, shape = (study.summary.get("shape") or {}).get("kind_names"), study.statistic("shape")
    return None if names is None or shape is None else [str(names[int(kind)]) for kind in shape]


def _panels(study: ReportedStudy) -> Picture:
    shown = chosen(study, study.config.components)
    with style():
        figure, axes = panels(max(len(shown), 1), ACROSS, 1.95)
        for place, (one, axis) in enumerate(zip(shown, axes, strict=False)):
            _panel(study, axis, one, labelled=place == 0)
            if place % ACROSS == 0:
                axis.set_ylabel("images per bin")
        figure.legend(loc="outside lower center", ncols=3)
        return plot(
            "distributions",
            figure,
            study.config.dpi,
            "Values of chosen components over the training images. The centre is the peak of the smoothed histogram, "
            "the half-width half its full width at half maximum, so that tails move neither. The curve is a normal "
            "distribution with the component's mean and standard deviation. The first panels show the clearest "
            "component of each kind that occurs, the others are chosen for what stands above them.",
            "Small histograms of single latent components with their centre, half-width and a normal curve.",
        )


def _panel(study: ReportedStudy, axis: Any, one: Chosen, labelled: bool) -> None:
    j = one.component
    counts, edges = array(study, "histogram")[j], array(study, "bin_edge")[j]
    centre, width = array(study, "centre")[j], array(study, "half_width")[j]
    mean, deviation = array(study, "mean")[j], array(study, "std")[j]
    counts, edges = coarsened(counts, edges)
    axis.stairs(counts, edges, fill=True, color="#cfdfec")
    x = np.linspace(edges[0], edges[-1], 300)
    density = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    normal, middle, half = ("normal fit", "centre", "centre ± half-width") if labelled else (None, None, None)
    axis.plot(x, density * counts.sum() * (edges[1] - edges[0]), color=BLUE, linewidth=1.2, label=normal)
    axis.axvline(centre, color=VERMILLION, linewidth=1.4, label=middle)
    peak = (counts * (edges[:-1] <= centre) * (centre <= edges[1:])).max()
    axis.hlines(peak / 2, centre - width, centre + width, color=ORANGE, linewidth=4, label=half)
    axis.set_title(f"z$_{{{j}}}$ · {one.reason}")
    axis.set_xlabel(f"centre {short(centre)} ± {short(width)}")
    reach = max(5 * width, 2.5 * deviation)
    near = centre - reach, centre + reach
    axis.set_xlim(max(edges[0], near[0]), min(edges[-1], near[1]))


def coarsened(
    counts: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Neighbouring bins joined where there are too few counts for that many: as many bins as the root of the counts."""
    wanted = max(12, int(np.sqrt(counts.sum())))
    joined = max(1, len(counts) // wanted)
    whole = len(counts) // joined * joined
    return counts[:whole].reshape(-1, joined).sum(axis=1), edges[: whole + 1 : joined]


def _table(study: ReportedStudy) -> Fold:
    names = [name for name in COLUMNS if study.statistic(name) is not None]
    values = np.stack([array(study, name) for name in names], axis=1)
    ratio = array(study, "half_width") / np.where(array(study, "std") > 0, array(study, "std"), np.nan)
    shape = _shapes(study, len(values))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (j, *(float(value) for value in values[j]), float(ratio[j]), *shape[j]) for j in range(len(values))
    )
    shown = tuple(
        (str(row[0]), *(short(cell) if isinstance(cell, float) else str(cell) for cell in row[1:])) for row in rows
    )
    table = Table(
        "components",
        ("component", *names, "half_width_per_std", "ks_distance", "skewness", "excess_kurtosis", "kind"),
        rows,
        f"For a normal distribution half-width / σ is {FWHM:.4f}. KS: largest gap between the cumulative distribution "
        "and its normal fit. Kurtosis: excess over a normal distribution's.",
        (
            "component",
            *(name.replace("half_width", "half-width") for name in names),
            "half-width / σ",
            "KS",
            "skewness",
            "kurtosis",
            "kind",
        ),
        shown,
    )
    return Fold(f"All components in numbers: {len(rows):,}", (table,))


def _shapes(study: ReportedStudy, components: int) -> list[tuple[Cell, ...]]:
    """KS distance, skewness, excess kurtosis and kind of each component."""
    kinds = _kinds(study)
    if kinds is None:
        return [(float("nan"), float("nan"), float("nan"), "")] * components
    distance, skewness, kurtosis = (
        array(study, name) for name in ("gaussian_fit_distance", "skewness", "excess_kurtosis")
    )
    return [(float(distance[j]), float(skewness[j]), float(kurtosis[j]), kinds[j]) for j in range(components)]
