"""The drawn faces: for each sampler a grid per level, and what the way of drawing is worth."""

from __future__ import annotations

import math
import re

from markupsafe import Markup

from tasks.assessment.tables import level_words
from tasks.finished.numbers import Numbers
from tasks.finished.samples import SampleSet
from tasks.finished.verdict import DISTANCE
from tasks.page.finding import Finding
from tasks.page.render import prose
from tasks.page.section import Block, Part, Picture, Prose, Row, Section, fold, section
from tasks.page.sheets import photograph
from tasks.page.thumbnails import grid
from tasks.page.wording import listed, short, with_interval
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.planned import Step
from tasks.reporting.words import UNIT, distances, names
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
    """What the way of drawing is worth, with one decoder: the closest sampler that may be used against the middle one.

    The middle one, as the farthest may be a draw that was never meant to cover all faces.
    """
    verdict = numbers.verdict
    leaders = [row for row in verdict.leaders if math.isfinite(row.distance.value)]
    closest = next((row for row in verdict.candidates if row in leaders), None)
    farther = leaders[leaders.index(closest) + 1 :] if closest is not None else []
    if closest is None or not farther:
        return None
    middle, last = farther[(len(farther) - 1) // 2], farther[-1]
    step = Step(closest, middle)
    told = sum(closest.against(row).better for row in farther)
    beyond = len(farther) - farther.index(middle)
    if not told:
        text = f"One decoder, {len(farther) + 1} samplers: none is shown to be farther off than the closest."
    elif step.contrast.better:
        far = f"at least {step.ratio}" if step.has_ratio else step.ratio
        text = (
            f"One decoder, {len(farther) + 1} samplers: how z is drawn decides what faces come out. {beyond} of the "
            f"{len(farther)} others are {far} times as far from training reconstructions as "
            "the closest."
        )
    else:
        text = (
            f"One decoder, {len(farther) + 1} samplers: {told} are farther from training reconstructions than the "
            "closest, the others may be as close."
        )
    detail = (
        f"Each at its most promising level: {DISTANCE} from {with_interval(*closest.distance)} ({closest.name}) over "
        f"{with_interval(*middle.distance)} ({middle.name}) to {with_interval(*last.distance)} ({last.name})."
    )
    if left_out := leaders[: leaders.index(closest)]:
        detail += f" Left out are closer ones that are excluded as broken or copies: {names(left_out)}."
    bars = distances(*dict.fromkeys((closest, middle, last)))
    return Finding("drawing", "faces", text, detail, bars, UNIT, decided=told > 0)


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
    """Its words, the level of the ladder large, and the others folded."""
    words = Markup("<p>{} {}</p>").format(prose(draws.description), prose(units(study, draws)))
    blocks: list[Block] = [Prose(words)] if draws.description else []
    leader = study.verdict.leader(draws.name)
    best = study.level(draws.name, leader.label) if leader is not None else None
    pictures = [_level(study, draws, level) for level in range(len(draws.labels))]
    blocks.append(pictures.pop(best or 0))
    others = fold(f"{draws.name} at its other levels", Row(tuple(pictures))) if pictures else None
    return Part(draws.name, f"faces-{draws.name}", (*blocks, *([others] if others else [])))


def _level(study: ReportedStudy, draws: SampleSet, level: int) -> Picture:
    rows, columns = study.config.grid_rows, study.config.grid_columns
    label, title = draws.labels[level], draws.title(level)
    scores = study.scores.by(study.criterion, draws.name, label)
    return photograph(
        file_name("grid", draws.name, label),
        grid(draws.images(level, slice(rows * columns)), rows, columns),
        title + "".join(f" · {study.criterion.title} {short(score.value)}" for score in scores),
        f"Grid of {columns} by {rows} faces drawn with {draws.name}, {title}.",
    )
