"""Fidelity against variety: the two aspects that a single distance mixes, for every sampler beside reconstructions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.patches import ConnectionPatch

from tasks.finished.metrics import metric_named
from tasks.finished.verdict import Judged
from tasks.page.drawing import BLUE, GREY, RECONSTRUCTION, VERMILLION, Drawn, new_figure, picture
from tasks.page.section import Section, paragraph, section
from tasks.page.wording import short
from tasks.reporting.aspects import Aspects, aspects
from tasks.reporting.ladder_chart import mark
from tasks.reporting.study import ReportedStudy

ORDER = 715
COLOURS = {"recommended": RECONSTRUCTION, "tied": BLUE, "": BLUE}
ROW = 0.38
"""Inches for a sampler in the list."""

Point = tuple[Judged, float, float, float, float]
"""A sampler, its variety and fidelity as multiples of the reconstructions', and the spreads of both."""


def build(study: ReportedStudy) -> Section | None:
    """A point for each sampler at the level of the ladder; None where an aspect was not measured."""
    unit = aspects(study.numbers, "reconstruction")
    points = _points(study, unit) if unit is not None else []
    if unit is None or not points:
        return None
    fidelity, variety = (metric_named(score.metric) for score in unit)
    text = paragraph(
        "A distance mixes two aspects: whether single faces are good, and whether all kinds of faces come up. {} is "
        "the {}; {} is the {}. Both by the stored draws, {} faces each for all rows, against training images. "
        "Neither sees all that is broken.",
        fidelity.title.capitalize(),
        fidelity.meaning,
        variety.title,
        variety.meaning,
        unit.fidelity.n,
    )
    return section("fidelity", "Fidelity and variety", text, replace(_figure(study, unit, points), photographs=True))


def _points(study: ReportedStudy, unit: Aspects) -> list[Point]:
    found: list[Point] = []
    for row in study.verdict.leaders:
        own = aspects(study.numbers, row.sampler, row.label)
        if own is None or not (unit.fidelity.value > 0 and unit.variety.value > 0):
            continue
        values = own.variety.value / unit.variety.value, own.fidelity.value / unit.fidelity.value
        spreads = own.variety.spread / unit.variety.value, own.fidelity.spread / unit.fidelity.value
        found.append((row, *values, max(spreads[0], 0.0), max(spreads[1], 0.0)))
    return sorted(found, key=lambda point: -point[2])


@picture
def _figure(study: ReportedStudy, unit: Aspects, points: list[Point]) -> Drawn:
    fidelity, variety = (metric_named(score.metric).title for score in unit)
    figure = new_figure(max(4.0, ROW * len(points) + 0.6))
    axes, names = figure.subplots(1, 2, width_ratios=(6, 2.4))
    for line in (axes.axhline, axes.axvline):
        line(1, color=RECONSTRUCTION, linestyle="--", linewidth=1.2)
    for place, (row, x, y, across, up) in enumerate(points):
        colour = COLOURS.get(study.verdict.standing(row), VERMILLION)
        axes.errorbar(x, y, xerr=across, yerr=up, fmt="o", color=colour, markersize=6, elinewidth=0.8, alpha=0.85)
        _named(names, study, row, place, colour)
        link = ConnectionPatch((x, y), (0, place), "data", "data", axesA=axes, axesB=names, color=GREY, linewidth=0.5)
        figure.add_artist(link).set(alpha=0.7, zorder=3)
    axes.set(
        xlabel=f"variety: {variety} / that of reconstructions", ylabel=f"fidelity: {fidelity} / that of reconstructions"
    )
    names.set(xlim=(0, 2.4), ylim=(len(points) - 0.5, -0.5))
    names.axis("off")
    shown = {study.verdict.standing(row) for row, *_ in points}
    caption = (
        f"Each sampler at the level of the ladder: {fidelity} against {variety}, both as multiples of what held-out "
        "reconstructions have (dashed). Bars: the standard deviation over repeated draws. Beside each name the first "
        "stored face."
    )
    caption += " Green: recommended." if "recommended" in shown else ""
    caption += " Red: excluded as broken or copies." if shown - COLOURS.keys() else ""
    listed = "; ".join(f"{row.name} {short(x)}, {short(y)}" for row, x, y, *_ in points)
    return Drawn(
        "fidelity", figure, caption, f"Points of {variety} and {fidelity} over those of reconstructions: {listed}."
    )


def _named(axes: Any, study: ReportedStudy, row: Judged, place: int, colour: str) -> None:
    sign = mark(study.verdict.standing(row))
    text = f"{row.sampler} ({sign})" if sign else row.sampler
    axes.text(0.42, place, text, va="center", fontsize=8.5, color=colour if colour != BLUE else "black")
    level = study.level(row.sampler, row.label)
    if level is not None:
        face = np.asarray(study.samples[row.sampler].images(level, slice(1)))[0]
        axes.imshow(face, extent=(0.02, 0.38, place + 0.47, place - 0.47), aspect="auto", interpolation="antialiased")
