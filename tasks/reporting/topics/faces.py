"""The drawn faces: for each sampler a grid per level, and what the way of drawing is worth."""

from __future__ import annotations

import math
import re

from markupsafe import Markup

from tasks.assessment.tables import level_words
from tasks.finished.numbers import Numbers
from tasks.finished.samples import SampleSet
from tasks.page.finding import Finding
from tasks.page.render import prose
from tasks.page.section import Block, Part, Picture, Prose, Row, Section, section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import grid
from tasks.page.wording import listed, short, with_spread
from tasks.reporting.study import ReportedStudy
from tasks.reporting.words import evidence
from tasks.sampling.facts import Facts
from tasks.sampling.registry import class_of

ORDER = 610
RANK = 11


def file_name(*words: str) -> str:
    """The words as one name that any file system takes: ``grid-uniform_component-fact-1.0``."""
    return "-".join(re.sub(r"[^\w.+-]+", "-", word).strip("-") or "level" for word in words)


def build(study: ReportedStudy) -> Section | None:
    """The first images of every level, none picked by hand."""
    if not study.samples:
        return None
    text = Prose(Markup("<p>The first images of each draw as they came, none picked by hand.</p>"))
    parts = (_sampler(study, draws) for draws in study.samples.values())
    return section("faces", "Faces drawn", text, *parts, claims=study.claims("faces"))


def drawing(numbers: Numbers) -> Finding | None:
    """What the way of drawing is worth, with one decoder: the best sampler that does not copy against the worst."""
    fresh, title = numbers.scores.fresh(numbers.criterion), numbers.criterion.title
    if len(fresh) < 2:
        return None
    step = numbers.compare(fresh[0], fresh[-1])
    left_out = ", ".join(score.sampler for score in numbers.scores.leaders(numbers.criterion) if numbers.copies(score))
    ways = f"{len(fresh)} samplers" + (f" ({left_out} left out, as it copies)" if left_out else "")
    if not step.better:
        text = "The samplers do not differ significantly."
    elif math.isnan(step.ratio):
        text = f"One decoder, {ways}: how z is drawn decides what faces come out."
    else:
        text = (
            f"One decoder, {ways}: how z is drawn changes {title} by a factor of {short(step.ratio)}, each way at "
            "its best level."
        )
    detail = (
        f"From {with_spread(step.first.value, step.first.spread)} ({step.first.name}) to "
        f"{with_spread(step.second.value, step.second.spread)} ({step.second.name})."
    )
    fixed = numbers.judged("reconstruction")[:1]
    bars = evidence(*dict.fromkeys((*fixed, fresh[0], fresh[len(fresh) // 2], fresh[-1])))
    return Finding("drawing", "faces", text, detail, bars, numbers.criterion.unit, decided=step.decided)


FINDERS = (drawing,)


def units(study: ReportedStudy, draws: SampleSet) -> str:
    """What the levels are measured in, and which of them could not be had; empty where there is nothing to say."""
    said = class_of(draws.name).units(Facts(draws.facts, study.statistic))
    return " ".join(part for part in (said, reduced(draws)) if part)


def reduced(draws: SampleSet) -> str:
    """Which configured levels could not be had and what was drawn instead; empty if there were none."""
    asked: dict[str, list[str]] = {}
    for wanted, drawn in draws.reduced.items():
        asked.setdefault(level_words(drawn), []).append(level_words(wanted))
    parts = [f"{listed(names)} {'is' if len(names) == 1 else 'are'} drawn as {drawn}" for drawn, names in asked.items()]
    return f"{'; '.join(parts)}: {draws.limit}." if parts else ""


def _sampler(study: ReportedStudy, draws: SampleSet) -> Part:
    words = Markup("<p>{} {}</p>").format(prose(draws.description), prose(units(study, draws)))
    blocks: list[Block] = [Prose(words)] if draws.description else []
    pictures = tuple(_level(study, draws, level) for level in range(len(draws.labels)))
    return Part(draws.name, f"faces-{draws.name}", (*blocks, Row(pictures)))


def _level(study: ReportedStudy, draws: SampleSet, level: int) -> Picture:
    rows, columns = study.config.grid_rows, study.config.grid_columns
    label, title = draws.labels[level], draws.title(level)
    scores = study.scores.judged(study.criterion, draws.name, label)
    return photograph(
        file_name("grid", draws.name, label),
        grid(draws.images(level, slice(rows * columns)), rows, columns),
        title + "".join(f" · {study.criterion.title} {short(score.value)}" for score in scores),
        f"Grid of {columns} by {rows} faces drawn with {draws.name}, {title}.",
    )
