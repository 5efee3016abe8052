"""The ladders side by side: each sampler at its most promising level in every study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from tasks.comparing.compared import Compared
from tasks.comparing.headline import TOPICS
from tasks.comparing.shares import hidden
from tasks.comparing.study import ComparedStudy
from tasks.comparing.topics import values_figure
from tasks.finished.verdict import DISTANCE, Judged
from tasks.page.drawing import Drawn, new_figure, picture
from tasks.page.section import Block, Cell, Column, Prose, Section, Table, bullets, fold, paragraph, section, table
from tasks.page.wording import with_interval

Floats = npt.NDArray[np.float64]


def build(compared: Compared) -> Section | None:
    """The ladders drawn and in a table, and what their distances vary with."""
    samplers = ranked(compared.studies)
    if not samplers:
        return None
    return section(
        "ladder",
        TOPICS["ladder"],
        _apart(compared),
        _figure(compared, samplers),
        _table(compared, samplers),
        *_varying(compared),
    )


def _varying(compared: Compared) -> list[Block | None]:
    """What the distances vary with; nothing where they do not compare."""
    verdicts = compared.about("ladder")
    if not verdicts:
        return []
    values = values_figure(compared, "ladder_values", verdicts, f"The ladder's figures. {compared.scheme.points}.")
    several = f"Every sampler in every {'configuration' if compared.scheme.axes else 'run'}"
    return [bullets(verdict.sentence for verdict in verdicts), fold(several, values)]


def ranked(studies: Sequence[ComparedStudy]) -> list[str]:
    """Every sampler of any study, the one of the lowest mean rank last."""
    samplers = list(dict.fromkeys(name for study in studies for name in study.scores.samplers))
    distances = np.array([[study.distance(name) for name in samplers] for study in studies])
    ranks = np.where(np.isfinite(distances), distances.argsort(axis=1).argsort(axis=1), np.nan)
    known = [place for place in range(len(samplers)) if np.isfinite(ranks[:, place]).any()]
    return [samplers[place] for place in sorted(known, key=lambda place: -float(np.nanmean(ranks[:, place])))]


def _apart(compared: Compared) -> Prose | None:
    """What must be known where the data sets, and with them the feature networks, are several."""
    if len(compared.networks) == 1:
        return None
    return paragraph(
        "The studies look at faces in {} different feature networks, as their data differ. Distances in one cannot be "
        "compared with those in another: there is a panel for each, and no distance is attributed to an axis.",
        len(compared.networks),
    )


@picture
def _figure(compared: Compared, samplers: list[str]) -> Drawn:
    """Every sampler's distance with its interval, a mark per study; a panel for each feature network."""
    networks, count = compared.networks, len(compared.studies)
    figure = new_figure(max(2.2, (0.16 + 0.022 * count) * len(samplers) + 1.2))
    panels = figure.subplots(1, len(networks), sharey=True, squeeze=False)[0]
    for axes, network in zip(panels, networks, strict=True):
        found: list[Judged] = []
        for place, (study, (_, colour)) in enumerate(zip(compared.studies, compared.scheme.placed, strict=True)):
            if study.network_key == network:
                offset = 0.5 * (place / max(1, count - 1) - 0.5)
                found += _mark(axes, study, samplers, offset, colour)
        axes.set_yticks(range(len(samplers)), samplers)
        _scale(axes, found)
        axes.set_xlabel(f"{DISTANCE}, lower is better")
    panels[0].invert_yaxis()
    compared.scheme.legend(figure, panels[0])
    return Drawn(
        "ladders",
        figure,
        f"The ladders side by side: {DISTANCE} of each sampler at its most promising level, with its 95 % interval. "
        "Diamond: recommended by its study; dot: within the limits; cross: too many broken or copied faces.",
        "; ".join(f"{name} {_across(compared.studies, name)}" for name in samplers),
    )


def _mark(axes: Any, study: ComparedStudy, samplers: list[str], offset: float, colour: str) -> list[Judged]:
    """Draw the samplers of a study; returns what was drawn."""
    found = []
    for row, name in enumerate(samplers):
        judged = study.verdict.leader(name)
        if judged is not None and math.isfinite(judged.distance.value):
            excluded = study.verdict.breaks(judged) or study.verdict.copies(judged)
            marker, size = ("D", 6) if judged == study.verdict.pick else ("x", 5) if excluded else ("o", 4)
            axes.plot(judged.distance.value, row + offset, marker, color=colour, markersize=size)
            axes.hlines(row + offset, judged.distance.low, judged.distance.high, color=colour, linewidth=1.0)
            found.append(judged)
    return found


def _scale(axes: Any, found: list[Judged]) -> None:
    """A logarithmic axis where the distances differ much, linear where they cannot be told from 0."""
    known = sorted(row.distance.value for row in found if row.distance.low > 0)
    if not known or known[-1] < 5 * min(row.distance.value for row in found):
        return
    first, last = (math.floor(math.log10(value)) for value in (known[0], known[-1]))
    axes.set_xscale("symlog", linthresh=10.0**first, linscale=0.6)
    ticks = [0.0, *(10.0**decade for decade in range(first, last + 2))]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def _across(studies: Sequence[ComparedStudy], sampler: str) -> str:
    known = [value for study in studies if math.isfinite(value := study.distance(sampler))]
    return " to ".join(f"{value:.2g}" for value in dict.fromkeys((min(known), max(known))))


def _table(compared: Compared, samplers: list[str]) -> Table:
    """Samplers down, studies across: the distance, its level and what the study's rule makes of it."""
    columns = [Column("sampler")]
    for study in compared.studies:
        columns += [hidden(study.name), Column("", study.name.replace("=", " "))]
    rows = [[sampler, *(cell for study in compared.studies for cell in _cells(study, sampler))] for sampler in samplers]
    caption = (
        f"{DISTANCE} with its 95 % interval, each sampler at its most promising level (small type), and what the study "
        "makes of it: recommended, tied with the closest, or too many faces broken or copies."
    )
    return table("ladder", columns, rows, caption)


def _cells(study: ComparedStudy, sampler: str) -> tuple[Cell | None, Cell]:
    row = study.verdict.leader(sampler)
    if row is None:
        return None, "–"
    small = " · ".join(part for part in (row.level, study.verdict.standing(row)) if part)
    return row.distance.value, Markup("{}<small>{}</small>").format(with_interval(*row.distance), small)
