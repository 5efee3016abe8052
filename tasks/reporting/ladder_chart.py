"""The ladder as a figure: distances with intervals, the shares that exclude, and faces of every sampler."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks.finished.estimates import Estimate
from tasks.finished.verdict import DISTANCE, Judged, Verdict
from tasks.page.drawing import BLACK, BLUE, GREY, RECONSTRUCTION, VERMILLION, Drawn, new_figure, picture
from tasks.page.images import contact_sheet
from tasks.page.wording import with_interval
from tasks.reporting.study import ReportedStudy
from tasks.reporting.words import limit

MARKS = {"recommended": "★", "tied": "≈"}


FACES = 6
ROW = 0.56
"""Inches for a sampler: a face of 64 pixels at the report's resolution."""

TICKS = (1, 2, 5)


def mark(standing: str) -> str:
    """What stands beside a sampler for what the rule makes of it: a sign, or the words themselves."""
    return MARKS.get(standing, standing)


@picture
def chart(study: ReportedStudy, ranked: Sequence[Judged]) -> Drawn:
    """One row a sampler, in the order of ``ranked``."""
    verdict = study.verdict
    figure = new_figure(ROW * len(ranked) + 0.9)
    axes, shares, faces = figure.subplots(1, 3, sharey=True, width_ratios=(4.2, 1.5, 6 * ROW))
    for place, row in enumerate(ranked):
        _row(axes, verdict, row, place)
        _shares(shares, verdict, row, place)
        _faces(faces, study, row, place)
    held_out = verdict.reconstructions.get("fd_debiased")
    scale(axes, [row.distance for row in ranked], held_out)
    axes.set_yticks(range(len(ranked)), [_name(verdict, row) for row in ranked])
    axes.set_ylim(len(ranked) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"{DISTANCE} from training reconstructions (lower is better)")
    for place, word in enumerate(("broken", "copied")):
        shares.text(place, -0.62, word, ha="center", va="bottom", fontsize=8.5, color=GREY)
    shares.set_xlim(-0.6, 1.6)
    for bare in (shares, faces):
        bare.grid(False)
        bare.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
        bare.spines[:].set_visible(False)
    faces.set_xlim(0, FACES)
    faces.set_title(f"the first {FACES} stored faces", fontsize=8.5, fontweight="normal", color=GREY, loc="center")
    return Drawn("ladder", figure, _caption(study, held_out), _alt(ranked))


def _row(axes: Any, verdict: Verdict, row: Judged, place: int) -> None:
    if not math.isfinite(row.distance.value):
        return
    standing = verdict.standing(row)
    excluded = verdict.breaks(row) or verdict.copies(row)
    colour = RECONSTRUCTION if standing == "recommended" else GREY if excluded else BLUE
    value, low, high = row.distance
    reach = [[value - low], [high - value]] if math.isfinite(low) else None
    marker, size = ("*", 13) if standing == "recommended" else ("o", 6)
    face = "white" if excluded else colour
    look = {"markersize": size, "color": colour, "markerfacecolor": face, "elinewidth": 1.4, "capsize": 3}
    axes.errorbar(value, place, xerr=reach, fmt=marker, **look)


def _shares(axes: Any, verdict: Verdict, row: Judged, place: int) -> None:
    for column, (found, over) in enumerate(((row.broken, verdict.breaks(row)), (row.copied, verdict.copies(row)))):
        look = {"color": VERMILLION, "fontweight": "bold"} if over else {"color": BLACK}
        axes.text(column, place, f"{100 * found.value:.0f} %", ha="center", va="center", fontsize=8.5, **look)


def _faces(axes: Any, study: ReportedStudy, row: Judged, place: int) -> None:
    level = study.level(row.sampler, row.label)
    if level is None:
        return
    strip = contact_sheet(study.samples[row.sampler].images(level, slice(FACES)), FACES)
    across = FACES * strip.width / (FACES * strip.height)
    axes.imshow(
        np.asarray(strip),
        extent=(0, min(FACES, across), place + 0.47, place - 0.47),
        aspect="auto",
        interpolation="antialiased",
    )


def scale(axes: Any, found: Sequence[Estimate], mark: float | None) -> None:
    """A logarithmic horizontal scale, linear about 0 where an interval reaches it; ``mark`` is drawn as a line."""
    values = [one for one in found if math.isfinite(one.value)]
    ends = [end for one in values for end in one if math.isfinite(end)] + ([mark] if mark is not None else [])
    if not ends:
        return
    low, high = min(ends), max(ends)
    if low > 0:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.3, high * 1.3)
        linear = low
    else:
        # As wide as the widest interval that holds 0 reaches above it.
        above = [one.high for one in values if one.low <= 0 < one.high]
        linear = _rounded(max(above, default=max(-low, high) / 100 or 1.0))
        axes.set_xscale("symlog", linthresh=linear, linscale=0.6)
        axes.set_xlim(min(low, 0) - 0.25 * linear, max(high * 1.3, 1.5 * linear))
    first, last = math.floor(math.log10(linear)), math.ceil(math.log10(max(high, linear)))
    steps = [factor * 10.0**power for power in range(first, last + 1) for factor in TICKS]
    ticks = [step for step in steps if (linear if low <= 0 else low / 1.3) <= step <= 1.3 * high]
    ticks = [0.0, *ticks] if low <= 0 else ticks
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    if mark is not None:
        axes.axvline(mark, color=RECONSTRUCTION, linestyle="--", linewidth=1.2, zorder=0)


def _rounded(value: float) -> float:
    """The next of 1, 2, 5, 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * (1 - 1e-9))


def _name(verdict: Verdict, row: Judged) -> str:
    mark = MARKS.get(verdict.standing(row), "")
    name = f"{mark} {row.sampler}".strip()
    return f"{name}\n{row.level}" if row.level else name


def _caption(study: ReportedStudy, held_out: float | None) -> str:
    verdict = study.verdict
    facts = verdict.autoencoder
    text = (
        f"Each sampler at its most promising level, the farthest first: {DISTANCE} from training reconstructions by "
        "fresh draws. Bars: 95 % intervals."
    )
    if held_out is not None:
        text += " Dashed: held-out reconstructions."
    shown = {verdict.standing(row) for row in verdict.leaders}
    if "recommended" in shown:
        text += " ★: recommended" + ("; ≈: tied with it." if "tied" in shown else ".")
    if any(verdict.breaks(row) or verdict.copies(row) for row in verdict.leaders):
        text += (
            f" Open circles are excluded: more than {limit(facts['most_broken'])} of the faces are broken or more "
            f"than {limit(facts['most_copied'])} are copies, which is in red."
        )
    return text


def _alt(ranked: Sequence[Judged]) -> str:
    listed = "; ".join(f"{row.name} {with_interval(*row.distance)}" for row in ranked)
    return f"Points with intervals on a scale of {DISTANCE}, beside shares of broken and copied faces: {listed}."
