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
from tasks.finished.estimates import Estimate, share_words
from tasks.finished.verdict import DISTANCE
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Column, Prose, Section, section, table
from tasks.page.wording import counted, listed, with_interval

Floats = npt.NDArray[np.float64]

UNKNOWN = Estimate(math.nan, math.nan, math.nan)
CAPTION = (
    "What each study answers by itself. FD∞: squared Fréchet distance from its own training images' reconstructions, "
    "without the bias of finite samples, with the 95 % interval. Tied: draws that it cannot tell from the closest one."
)


def build(compared: Compared) -> Section | None:
    """Each study's answer, and what must be said of them first."""
    columns = (
        Column("study"),
        Column("answer"),
        *map(hidden, ("sampler", "label", "fd_debiased", "low", "high", "broken", "copied")),
        Column("", DISTANCE),
        Column("", "broken"),
        Column("", "copied"),
        Column("tied"),
    )
    shown = table("answers", columns, map(_row, compared.studies), CAPTION)
    return section("answers", "Each study's answer", shown, *reservations(compared))


def _row(study: ComparedStudy) -> list[Any]:
    verdict, pick = study.verdict, study.verdict.pick
    answer = f"Draw z with {pick.name}." if pick else verdict.no_answer
    others = listed([row.sampler for row in verdict.tied if row != pick])
    if pick is None:
        return [study.name, answer, *[None] * 10, others]
    values = pick.sampler, pick.label, *pick.distance, pick.broken.value, pick.copied.value
    words = with_interval(*pick.distance), share_words(pick.broken), share_words(pick.copied)
    return [study.name, answer, *values, *words, others or None]


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
    best = listed([f"{name} in {count}" for name, count in list(counts.items())[:3]])
    more = f", and {counted(len(counts) - 3, 'other')} in fewer" if len(counts) > 3 else ""
    whose = f"of {len(studies)} {many if len(studies) > 1 else one}"
    if silent:
        whose += f" that answer{'s' * (len(studies) == 1)}; {silent} of {total} give{'s' * (silent == 1)} no answer"
    detail = [_order(studies, many)]
    if sum(counts.values()) > len(studies):
        detail.insert(0, "Draws that cannot be told from the closest one count as best too.")
    bars = tuple(Evidence(name, float(count), text=str(count)) for name, count in list(counts.items())[:8])
    unit = f"{many} in which it is the best draw, or cannot be told from it"
    return Finding("best", "answers", f"The best draw is {best}{more} {whose}.", " ".join(detail).strip(), bars, unit)


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
