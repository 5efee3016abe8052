"""Quality against the level of each sampler."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tasks.assessment.tables import Score
from tasks.finished.metrics import metric_named
from tasks.finished.samples import SampleSet
from tasks.finished.scores import FIXED_ROWS, Judge
from tasks.page.drawing import PALETTE, REAL, RECONSTRUCTION, fit_ticks, logarithmic, panels, plot, style
from tasks.page.section import Picture, Section
from tasks.reporting.study import ReportedStudy

ORDER = 720
SECOND = "swd"
ACROSS = 4
SPAN = 5
"""From this ratio of the largest to the smallest value on, the vertical scale is logarithmic."""


def build(study: ReportedStudy) -> Section | None:
    """The deciding metric, and the sliced Wasserstein distance beside it, over each sampler's sweep."""
    judges = [study.judge]
    rows = study.scores.select(metric=SECOND, reference=study.judge.reference)
    if rows and study.judge.metric != SECOND:
        judges.append(Judge(SECOND, rows[0].features, study.judge.reference))
    pictures = tuple(picture for judge in judges if (picture := _curves(study, judge)))
    if not pictures:
        return None
    return Section("quality", "Quality against level", pictures, study.claims("quality"))


def _curves(study: ReportedStudy, judge: Judge) -> Picture | None:
    order = {name: place for place, name in enumerate(study.samples)}
    names = [name for name in study.scores.samplers if study.scores.judged(judge, name)]
    names.sort(key=lambda name: order.get(name, len(order)))
    if not names:
        return None
    title = metric_named(judge.metric).title
    with style():
        figure, axes = panels(len(names), ACROSS, 1.95, sharey=True)
        values = [row.value for row in study.scores.judged(judge)]
        wide = max(values) > SPAN * min(values) > 0
        for place, (name, axis) in enumerate(zip(names, axes, strict=True)):
            _fixed_lines(axis, study, judge, labelled=place == 0)
            draws = study.samples.get(name)
            _sweep(axis, study.scores.judged(judge, name), draws)
            axis.set_title(name)
            if wide:
                logarithmic(axis)
            if place % ACROSS == 0:
                axis.set_ylabel(title)
        lines = [line for line in axes[0].get_lines() if line.get_label() in FIXED_ROWS]
        figure.legend(handles=lines, loc="outside lower center", ncols=2)
        scale = " The vertical scale is logarithmic." if wide else ""
        return plot(
            f"quality-{judge.metric}",
            figure,
            study.config.dpi,
            f"{title} of each sampler over its levels, against {judge.images}; lower is better. Bars: the "
            f"standard deviation over repeated draws.{scale}",
            f"Small line plots, one per sampler, of {title} against the swept level, with lines for real images and "
            "reconstructions.",
        )


def _fixed_lines(axis: Any, study: ReportedStudy, judge: Judge, labelled: bool) -> None:
    for name, colour, dashes in (("real", REAL, ":"), ("reconstruction", RECONSTRUCTION, "--")):
        for score in study.scores.judged(judge, name)[:1]:
            axis.axhline(score.value, color=colour, linestyle=dashes, linewidth=1.3, label=name if labelled else None)


def _sweep(axis: Any, scores: list[Score], draws: SampleSet | None) -> None:
    """One line per combination of the parameters that are not on the horizontal axis."""
    places = draws.places() if draws else {}
    known = [score for score in scores if score.label in places]
    if draws is None or len(known) < 2:
        ticks = [_tick(score, draws) for score in scores]
        axis.errorbar(
            range(len(scores)), _values(scores), yerr=_spreads(scores), fmt="o", color=PALETTE[0], markersize=5
        )
        axis.set_xlim(-1, len(scores))
        fit_ticks(axis, range(len(scores)), ticks)
        if draws is not None and len(draws.swept) == 1:
            axis.set_xlabel(next(iter(draws.swept)))
        axis.grid(axis="x", visible=False)
        return
    families: dict[str, list[Score]] = {}
    for score in known:
        families.setdefault(places[score.label].family, []).append(score)
    drawn = []
    for colour, (family, members) in zip(_cycle(len(families)), families.items(), strict=True):
        members.sort(key=lambda score: places[score.label].position)
        line = axis.errorbar(
            [places[score.label].position for score in members],
            _values(members),
            yerr=_spreads(members),
            marker="o",
            markersize=3.5,
            capsize=2,
            color=colour,
            label=family or None,
        )
        drawn.append(line)
    if any(families):
        axis.legend(handles=drawn, loc="best", fontsize=7.5, handlelength=1.2, labelspacing=0.2, borderpad=0.1)
    positions = sorted({places[score.label].position for score in known})
    if positions[0] > 0 and positions[-1] > 8 * positions[0]:
        axis.set_xscale("log")
    fit_ticks(axis, positions, [f"{position:g}" for position in positions])
    axis.set_xlabel(draws.parameter)


def _tick(score: Score, draws: SampleSet | None) -> str:
    """A level in few letters."""
    if draws is None or score.label not in draws.labels:
        return score.level or "single level"
    return draws.brief(draws.labels.index(score.label))


def _cycle(count: int) -> list[str]:
    return [PALETTE[place % len(PALETTE)] for place in range(count)]


def _values(scores: list[Score]) -> list[float]:
    return [score.value for score in scores]


def _spreads(scores: list[Score]) -> list[float]:
    return list(np.nan_to_num([score.spread if math.isfinite(score.spread) else 0.0 for score in scores]))
