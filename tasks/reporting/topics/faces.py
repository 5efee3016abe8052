"""The drawn faces: for each sampler a grid per level."""

from __future__ import annotations

import re

from markupsafe import Markup

from tasks.finished.metrics import metric_named
from tasks.finished.samples import SampleSet
from tasks.page.render import prose
from tasks.page.section import Block, Part, Picture, Prose, Row, Section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import grid
from tasks.page.wording import short
from tasks.reporting.levels import unit
from tasks.reporting.study import ReportedStudy

ORDER = 610


def file_name(*words: str) -> str:
    """The words as one name that any file system takes: ``grid-uniform_component-fact-1.0``."""
    return "-".join(re.sub(r"[^\w.+-]+", "-", word).strip("-") or "level" for word in words)


def build(study: ReportedStudy) -> Section | None:
    """The first images of every level, none picked by hand."""
    parts = tuple(_sampler(study, draws) for draws in study.samples.values())
    if not parts:
        return None
    text = Prose(Markup("<p>The first images of each draw as they came, none picked by hand.</p>"))
    return Section("faces", "Faces drawn", (text, *parts), study.claims("faces"))


def _sampler(study: ReportedStudy, draws: SampleSet) -> Part:
    blocks: list[Block] = []
    if draws.description:
        blocks.append(Prose(Markup("<p>{} {}</p>").format(prose(draws.description), prose(unit(study, draws)))))
    pictures = tuple(_level(study, draws, level) for level in range(len(draws.labels)))
    blocks.append(Row(pictures))
    return Part(draws.name, f"faces-{draws.name}", tuple(blocks))


def _level(study: ReportedStudy, draws: SampleSet, level: int) -> Picture:
    rows, columns = study.config.grid_rows, study.config.grid_columns
    sheet = grid(draws.images(level, slice(rows * columns)), rows, columns)
    label = draws.labels[level]
    caption = draws.title(level)
    for score in study.scores.judged(study.judge, draws.name):
        if score.label == label:
            caption += f" · {metric_named(score.metric).title} {short(score.value)}"
    return photograph(
        file_name("grid", draws.name, label),
        sheet,
        caption,
        f"Grid of {columns} by {rows} faces drawn with {draws.name}, {draws.title(level)}.",
    )
