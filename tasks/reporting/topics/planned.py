"""The questions that a study asks before it has seen its numbers: few comparisons, adjusted for one another alone.

The ladder compares every sampler with every other, and its p-values are adjusted for so many pairs. These few are
planned, and what they can tell must not depend on how many other samplers were drawn from. Each stands on the class of
the sampler that was made to answer it.
"""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np

from tasks.assessment.tables import Score
from tasks.finished.numbers import NEW, Numbers, at
from tasks.finished.scores import Comparison
from tasks.page.finding import Finding
from tasks.page.wording import probability, short, with_spread
from tasks.reporting.words import evidence
from tasks.sampling.about import Question
from tasks.sampling.registry import SAMPLERS, class_of
from tasks.statistics.heldout import holm

Pair = tuple[Score, Score]

QUESTIONS: dict[str, Question] = dict(
    sorted(
        ((name, kind.question) for name, kind in SAMPLERS.every().items() if kind.question is not None),
        key=lambda asked: asked[1].rank,
    )
)
"""What is asked, by the sampler that answers it."""


def level_of(score: Score) -> float:
    """The number in a level's label (``scale=1.0`` is 1.0); NaN where there is none."""
    match = re.search(r"=(\d+(\.\d+)?)$", score.label)
    return float(match.group(1)) if match else math.nan


def swept(scores: list[Score]) -> list[Score]:
    """Those whose level is a number, the smallest first."""
    return sorted((score for score in scores if not math.isnan(level_of(score))), key=level_of)


def _pair(sampler: str, question: Question, numbers: Numbers) -> Pair | None:
    """The two rows that the question compares; None where one is missing."""
    ours, theirs = numbers.judged(sampler), numbers.judged(question.against or sampler)
    if not question.against:
        theirs = [score for score in ours if level_of(score) == 0][:1]
        ours = [score for score in ours if level_of(score) != 0]
    elif question.same_level:
        # Everything else is equal there.
        shared = [score for score in ours if score.label in {other.label for other in theirs}]
        ours = sorted(swept(shared), key=lambda score: abs(level_of(score) - 1))[:1] or shared[:1]
        theirs = [score for score in theirs if ours and score.label == ours[0].label]
    if not ours or not theirs:
        return None
    return min(ours, key=lambda score: score.value), min(theirs, key=lambda score: score.value)


def planned(numbers: Numbers) -> dict[str, Comparison]:
    """The answers to those ``QUESTIONS`` that the samplers of this study allow, each by its own key."""
    # A single component has no correlations to leave out.
    asked = {name: one for name, one in QUESTIONS.items() if numbers.dimension >= one.components}
    pairs = {one.key: pair for name, one in asked.items() if (pair := _pair(name, one, numbers)) is not None}
    alone = [
        math.nan if numbers.ranking is None else numbers.ranking.alone(first.key, second.key)
        for first, second in pairs.values()
    ]
    among = f"the {len(pairs)} planned comparisons" if len(pairs) > 1 else ""
    return {
        key: Comparison(*pair, float(probability), numbers.criterion.significance, among)
        for (key, pair), probability in zip(pairs.items(), holm(np.array(alone)), strict=True)
    }


def difference(step: Comparison) -> str:
    """A comparison in words: the multiple, or the gap, and how surely it is none of chance."""
    if math.isnan(step.ratio):
        words = f"{short(abs(step.gain))} {'lower' if step.gain >= 0 else 'higher'}"
    else:
        larger = max(step.ratio, 1 / step.ratio)
        words = f"{'lower' if step.ratio >= 1 else 'higher'} by a factor of {short(larger)}"
    if math.isnan(step.probability):
        return f"{words}, without repeated draws to judge it by"
    adjusted = f", adjusted for {step.among}" if step.among else ""
    return f"{words} ({probability(step.probability)}{adjusted})"


def claim(question: Question, numbers: Numbers) -> Finding | None:
    """The one of the question's three sentences that the numbers choose, with the numbers behind it."""
    step = planned(numbers).get(question.key)
    if step is None or (question.unless_false and at(numbers.summary, *question.unless_false) is False):
        return None
    text = question.better if step.better else question.worse if step.worse else question.neither
    first, second = step.first, step.second
    detail = (
        f"{numbers.criterion.title} {with_spread(first.value, first.spread)} for {first.name} against "
        f"{with_spread(second.value, second.spread)} for {second.name}: {difference(step)}."
    )
    more = [detail, *_aside(question, step, numbers), *_memory(step, numbers)]
    bars = evidence(*numbers.judged("reconstruction")[:1], first, second)
    text = text.format(ratio=short(step.ratio))
    return Finding(
        question.key, question.section, text, " ".join(more), bars, numbers.criterion.unit, decided=step.decided
    )


def _aside(question: Question, step: Comparison, numbers: Numbers) -> list[str]:
    """What the question has to say of some levels, where the last of them is worse."""
    if question.aside is None:
        return []
    word, words = question.aside
    last = [score for score in swept(numbers.judged(step.first.sampler)) if word in score.label][-1:]
    return [
        f"{words}: {with_spread(score.value, score.spread)} at {score.level}."
        for score in last
        if numbers.compare(score, step.second).worse
    ]


def _memory(step: Comparison, numbers: Numbers) -> list[str]:
    """Whether a sampler that holds the training points gains by repeating them."""
    kept, value = class_of(step.first.sampler).kept, numbers.novelty(step.first)
    if not step.better or value is None or kept is None or not kept.faces:
        return []
    if step.first.sampler == step.second.sampler:
        return [f"Novelty {value:.2f} after, {numbers.novelty(step.second) or math.nan:.2f} before."]
    memory = "not memory" if value >= NEW else "partly memory" if numbers.copies(step.first) else "perhaps memory"
    return [f"Its novelty is {value:.2f}, so the gain is {memory}."]


RANK = tuple(question.rank for question in QUESTIONS.values())
FINDERS = tuple(partial(claim, question) for question in QUESTIONS.values())
