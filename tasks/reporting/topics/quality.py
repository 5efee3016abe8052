"""Quality against the level of each sampler, and how much depends on it."""

from __future__ import annotations

import math
from typing import Any

from tasks.assessment.tables import Score
from tasks.finished.estimates import Contrast
from tasks.finished.numbers import Numbers
from tasks.finished.samples import SampleSet
from tasks.finished.scores import FIXED_ROWS, Criterion
from tasks.page.drawing import PALETTE, REAL, RECONSTRUCTION, Drawn, fit_ticks, logarithmic, panels, picture
from tasks.page.finding import Finding
from tasks.page.section import Section, section
from tasks.page.wording import with_interval, with_spread
from tasks.reporting.study import ReportedStudy

ORDER = 720
RANK = 12
SECOND = "swd"
"""A second opinion, which needs no network."""

ACROSS = 4
SPAN = 5
"""From this ratio of the largest to the smallest value on, the vertical scale is logarithmic."""


def build(study: ReportedStudy) -> Section | None:
    """The distance from reconstructions, and the sliced Wasserstein distance beside it, over each sampler's sweep."""
    criteria = [study.criterion]
    rows = study.scores.select(metric=SECOND, reference=study.criterion.reference)
    if rows and study.criterion.metric != SECOND:
        criteria.append(Criterion(SECOND, rows[0].features, study.criterion.reference))
    pictures = (_curves(study, criterion) for criterion in criteria)
    return section("quality", "Quality against level", *pictures, claims=study.claims("quality"))


def levels(numbers: Numbers) -> Finding | None:
    """How much depends on the level of a swept sampler: its worst against its best."""
    steps: list[tuple[Score, Score, Contrast]] = []
    for name in numbers.scores.samplers:
        rows = sorted(numbers.levels(name), key=lambda score: score.value)
        steps += [(rows[0], rows[-1], numbers.compare(rows[0], rows[-1]))] if len(rows) > 1 else []
    if not steps:
        return None
    told = [step for step in steps if step[2].better and math.isfinite(step[2].ratio.value)]
    if not told:
        text = "No sampler's level makes a difference that these numbers can show."
        return Finding("levels", "quality", text, decided=False)
    best, worst, contrast = max(told, key=lambda step: step[2].ratio.value)
    text = (
        f"The level matters in {len(told)} of {len(steps)} samplers that have several, most in {best.sampler}: "
        f"{numbers.criterion.title} of its worst is {with_interval(*contrast.ratio)} times that of its best."
    )
    ends = ", ".join(f"{with_spread(end.value, end.spread)} at {end.level}" for end in (best, worst))
    detail = (
        f"{numbers.criterion.title} {ends}; by the stored draws, {best.n} faces each. Best and worst were chosen by "
        "the same draws, which makes the ratio a little too large."
    )
    return Finding("levels", "quality", text, detail)


FINDERS = (levels,)


@picture
def _curves(study: ReportedStudy, criterion: Criterion) -> Drawn | None:
    order = {name: place for place, name in enumerate(study.samples)}
    names = [name for name in study.scores.samplers if study.scores.by(criterion, name)]
    names.sort(key=lambda name: order.get(name, len(order)))
    if not names:
        return None
    figure, axes = panels(len(names), ACROSS, 1.95, sharey=True)
    values = [row.value for row in study.scores.by(criterion)]
    wide = max(values) > SPAN * min(values) > 0
    for place, (name, axis) in enumerate(zip(names, axes, strict=True)):
        _fixed_lines(axis, study, criterion, labelled=place == 0)
        _sweep(axis, study.scores.by(criterion, name), study.samples.get(name))
        axis.set_title(name)
        if wide:
            logarithmic(axis)
        if place % ACROSS == 0:
            axis.set_ylabel(criterion.title)
    lines = [line for line in axes[0].get_lines() if line.get_label() in FIXED_ROWS]
    figure.legend(handles=lines, loc="outside lower center", ncols=2)
    scale = " The vertical scale is logarithmic." if wide else ""
    return Drawn(
        f"quality-{criterion.metric}",
        figure,
        f"{criterion.title} of each sampler over its levels, against {criterion.images}, by as many stored "
        "faces for every level, so that its bias is the same everywhere; lower is better. Bars: the "
        f"standard deviation over repeated draws.{scale}",
        f"Small line plots, one per sampler, of {criterion.title} against the swept level, with lines for real images "
        "and reconstructions.",
    )


def _fixed_lines(axis: Any, study: ReportedStudy, criterion: Criterion, labelled: bool) -> None:
    for name, colour, dashes in (("real", REAL, ":"), ("reconstruction", RECONSTRUCTION, "--")):
        for score in study.scores.by(criterion, name)[:1]:
            axis.axhline(score.value, color=colour, linestyle=dashes, linewidth=1.3, label=name if labelled else None)


def _sweep(axis: Any, scores: list[Score], draws: SampleSet | None) -> None:
    """One line per combination of the parameters that are not on the horizontal axis."""
    sweep = draws.sweep_positions() if draws else {}
    known = [score for score in scores if score.label in sweep]
    if draws is None or len(known) < 2:
        axis.errorbar(range(len(scores)), **_heights(scores), fmt="o", color=PALETTE[0], markersize=5)
        axis.set_xlim(-1, len(scores))
        fit_ticks(axis, range(len(scores)), [_tick(score, draws) for score in scores])
        if draws is not None and len(draws.swept) == 1:
            axis.set_xlabel(next(iter(draws.swept)))
        axis.grid(axis="x", visible=False)
        return
    families: dict[str, list[Score]] = {}
    for score in known:
        families.setdefault(sweep[score.label].family, []).append(score)
    drawn = []
    for number, (family, members) in enumerate(families.items()):
        members.sort(key=lambda score: sweep[score.label].position)
        across, look = [sweep[score.label].position for score in members], {"marker": "o", "markersize": 3.5}
        colour = PALETTE[number % len(PALETTE)]
        drawn.append(axis.errorbar(across, **_heights(members), **look, capsize=2, color=colour, label=family or None))
    if any(families):
        axis.legend(handles=drawn, loc="best", fontsize=7.5, handlelength=1.2, labelspacing=0.2, borderpad=0.1)
    positions = sorted({sweep[score.label].position for score in known})
    if positions[0] > 0 and positions[-1] > 8 * positions[0]:
        axis.set_xscale("log")
    fit_ticks(axis, positions, [f"{position:g}" for position in positions])
    axis.set_xlabel(draws.parameter)


def _tick(score: Score, draws: SampleSet | None) -> str:
    """A level in few letters."""
    if draws is None or score.label not in draws.labels:
        return score.level or "single level"
    return draws.brief(draws.labels.index(score.label))


def _heights(scores: list[Score]) -> dict[str, list[float]]:
    """Values and their bars, as an axis takes them."""
    spreads = [score.spread if math.isfinite(score.spread) else 0.0 for score in scores]
    return {"y": [score.value for score in scores], "yerr": spreads}
