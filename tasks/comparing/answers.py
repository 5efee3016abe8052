"""What each study answers: the draw that it recommends, or why it recommends none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from tasks.comparing.compared import Compared
from tasks.comparing.headline import common_samplers
from tasks.comparing.shares import hidden
from tasks.comparing.study import ComparedStudy
from tasks.finished.estimates import share_words
from tasks.finished.verdict import DISTANCE
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Column, Prose, Section, bullets, section, table
from tasks.page.wording import listed, with_interval

Floats = npt.NDArray[np.float64]

CAPTION = (
    f"What each study answers by itself. {DISTANCE}: squared Fréchet distance from its own training images' "
    "reconstructions, without the bias of finite samples, with its 95 % interval. Tied: draws that the study cannot "
    "tell from the closest one; of all these it recommends the one that keeps least of the training points."
)

NUMBERS = ("sampler", "label", "fd_debiased", "low", "high", "broken", "copied", "withheld", "remedy")


def build(compared: Compared) -> Section | None:
    """Each study's answer, why some give none, and what must be said of them first."""
    columns = (
        Column("study"),
        *map(hidden, NUMBERS),
        *(Column("", heading) for heading in ("recommended draw", DISTANCE, "broken", "copied")),
        Column("tied", "tied with"),
    )
    withheld = [f"{study.name}. {study.verdict.no_answer}" for study in compared.studies if not study.verdict.pick]
    return section(
        "answers",
        "Each study's answer",
        *reservations(compared),
        table("answers", columns, map(_row, compared.studies), CAPTION),
        bullets(withheld) if withheld else None,
    )


def _row(study: ComparedStudy) -> list[Any]:
    verdict, pick = study.verdict, study.verdict.pick
    if pick is None:
        return [study.name, *[None] * 7, verdict.withheld, verdict.remedy, "no answer", *[None] * 4]
    values = pick.sampler, pick.label, *pick.distance, pick.broken.value, pick.copied.value, None, None
    name = Markup("{}<small>{}</small>").format(pick.sampler, pick.level)
    words = name, with_interval(*pick.distance), share_words(pick.broken), share_words(pick.copied)
    return [study.name, *values, *words, listed([row.sampler for row in verdict.tied if row != pick]) or None]


def reservations(compared: Compared) -> list[Prose]:
    """What must be said first of the answers, each sentence once, with the studies that it is about."""
    found: dict[str, list[str]] = {}
    for study in compared.studies:
        for text in study.verdict.reservations:
            found.setdefault(text, []).append(study.name)
    every = f"every {_called(compared)[0]}"
    return [
        Prose(
            Markup('<p class="caution"><b>In {}:</b> {}</p>').format(
                every if len(names) == len(compared.studies) else listed(names), text
            )
        )
        for text, names in found.items()
    ]


def _called(compared: Compared) -> tuple[str, str]:
    return ("run", "runs") if compared.seeds else ("study", "studies")


def answering(studies: Sequence[ComparedStudy]) -> list[ComparedStudy]:
    """The studies that recommend a draw."""
    return [study for study in studies if study.verdict.pick is not None]


def best_counts(studies: Sequence[ComparedStudy]) -> dict[str, int]:
    """In how many studies a sampler cannot be told from the closest one, the most frequent first.

    Of equally frequent ones the sampler that more studies recommend comes first.
    """
    tied: Counter[str] = Counter(row.sampler for study in studies for row in study.verdict.tied)
    picked: Counter[str] = Counter(study.verdict.pick.sampler for study in studies if study.verdict.pick)
    return dict(sorted(tied.items(), key=lambda one: (-one[1], -picked[one[0]])))


def best_sampler(studies: Sequence[ComparedStudy]) -> str | None:
    """The sampler that is among the best in most studies; None where no study answers."""
    return next(iter(best_counts(studies)), None)


def best_draw(compared: Compared) -> Finding:
    """Which samplers are best in how many of the studies that answer, and how many do not."""
    studies, (one, many) = answering(compared.studies), _called(compared)
    total, silent = len(compared.studies), len(compared.studies) - len(studies)
    if not studies:
        first = compared.studies[0]
        text = f"No answer yet: none of the {total} {many} recommends a draw."
        return Finding("best", "answers", text, f"{first.name}: {first.verdict.no_answer}", decided=False)
    counts = best_counts(studies)
    groups = {count: [name for name in counts if counts[name] == count] for count in counts.values()}
    best = listed([f"{listed(names).replace(' and ', ' or ')} in {count}" for count, names in groups.items()])
    whose = f"of {len(studies)} {many if len(studies) > 1 else one}"
    if silent:
        whose += f" that answer{'s' * (len(studies) == 1)}; {silent} of {total} give{'s' * (silent == 1)} no answer"
    detail = [_order(studies, many)]
    if sum(counts.values()) > len(studies):
        detail.insert(0, "Draws that cannot be told from the closest one count as best too.")
    bars = tuple(Evidence(name, float(count), text=str(count)) for name, count in list(counts.items())[:8])
    unit = f"{many} in which it is the best draw, or cannot be told from it"
    return Finding("best", "answers", f"The best draw is {best} {whose}.", " ".join(detail).strip(), bars, unit)


def _order(studies: Sequence[ComparedStudy], many: str) -> str:
    """Whether the studies put the samplers that they have in common in the same order; empty for too few."""
    distances = np.array([[study.distance(name) for name in common_samplers(studies)] for study in studies])
    if min(distances.shape) < 2 or not np.isfinite(distances).all():
        return ""
    agreement = concordance(distances)
    same = "the same order" if agreement > 0.9 else "much the same order" if agreement > 0.7 else "different orders"
    return (
        f"These {many} put their {distances.shape[1]} samplers in {same} (Kendall's W {agreement:.2f}; 1 is the same "
        "order everywhere, 0 none at all)."
    )


def concordance(values: Floats) -> float:
    """Kendall's W of the rows of ``values`` (m, n), without ties: 12 S / (m² (n³ − n)) (Kendall & Smith 1939)."""
    judges, things = values.shape
    ranks = values.argsort(axis=1).argsort(axis=1) + 1.0
    sums = ranks.sum(axis=0)
    deviation = float(np.sum((sums - sums.mean()) ** 2))
    return 12 * deviation / (judges**2 * (things**3 - things)) if things > 1 else math.nan
