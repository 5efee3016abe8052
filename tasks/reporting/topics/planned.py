"""The questions that a study asks before it has seen its numbers.

Each stands on the class of the sampler that was made to answer it, and is answered by fresh draws of two samplers from
the same random numbers. What it tells does not depend on which other samplers were drawn from.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial

from tasks.assessment.tables import Score
from tasks.finished.estimates import Contrast, share_words
from tasks.finished.numbers import Numbers, at
from tasks.finished.verdict import DISTANCE, Judged, Verdict
from tasks.page.finding import Finding
from tasks.page.wording import with_interval, with_spread
from tasks.reporting.words import UNIT, distances, excess, limit
from tasks.sampling.about import Question
from tasks.sampling.registry import SAMPLERS, class_of

QUESTIONS: dict[str, Question] = dict(
    sorted(
        ((name, kind.question) for name, kind in SAMPLERS.every().items() if kind.question is not None),
        key=lambda asked: asked[1].rank,
    )
)
"""What is asked, by the sampler that answers it."""


@dataclass(frozen=True)
class Step:
    """The two judged rows that a question compares, the asking sampler's first."""

    first: Judged
    second: Judged

    @property
    def contrast(self) -> Contrast:
        """How they differ, draw by draw."""
        return self.first.against(self.second)

    @property
    def has_ratio(self) -> bool:
        """Whether neither distance may be 0."""
        return math.isfinite(self.contrast.ratio.value)

    @property
    def ratio(self) -> str:
        """How many times the first's distance the second's is; a lower bound where the first may be 0."""
        found = self.contrast.ratio
        if math.isfinite(found.value):
            return with_interval(*found)
        low, high = self.second.distance.low, self.first.distance.high
        return f"at least {low / high:.2g}" if low > high > 0 else "many"


def level_of(label: str) -> float:
    """The number in a level's label (``scale=1.0`` is 1.0); NaN where there is none."""
    match = re.search(r"=(\d+(\.\d+)?)$", label)
    return float(match.group(1)) if match else math.nan


def swept(scores: list[Score]) -> list[Score]:
    """Those whose level is a number, the smallest first."""
    found = [score for score in scores if not math.isnan(level_of(score.label))]
    return sorted(found, key=lambda score: level_of(score.label))


def _usual(verdict: Verdict, sampler: str) -> Judged | None:
    # The usual level is judged after the most promising one, if it is another.
    return next((row for row in reversed(verdict.judged) if row.sampler == sampler), None)


def _step(sampler: str, question: Question, numbers: Numbers) -> Step | None:
    """The two rows that the question compares; None where one is missing."""
    verdict = numbers.verdict
    if question.same_level:
        first, second = _usual(verdict, sampler), _usual(verdict, question.against)
    elif question.against:
        first, second = verdict.leader(sampler), verdict.leader(question.against)
    else:
        first, second = verdict.leader(sampler), _usual(verdict, numbers.bases.get(sampler, ""))
    return Step(first, second) if first is not None and second is not None else None


def planned(numbers: Numbers) -> dict[str, Step]:
    """The answers to those ``QUESTIONS`` that the samplers of this study allow, each by its own key."""
    # A single component has no correlations to leave out.
    asked = {name: one for name, one in QUESTIONS.items() if numbers.dimension >= one.components}
    return {one.key: step for name, one in asked.items() if (step := _step(name, one, numbers)) is not None}


def difference(step: Step) -> str:
    """How the distances of the two differ, in words with the 95 % interval."""
    contrast, told = step.contrast, "" if step.contrast.decided else ", which the draws do not tell from no difference"
    if math.isfinite(contrast.ratio.value):
        return f"the second's is {with_interval(*contrast.ratio)} times the first's{told}"
    return f"the second's minus the first's is {with_interval(*contrast.gap)}{told}"


def claim(question: Question, numbers: Numbers) -> Finding | None:
    """The one of the question's three sentences that the numbers choose, with the numbers behind it.

    Another where the closer one is beyond the limits on broken faces and copies that the other one keeps.
    """
    step = planned(numbers).get(question.key)
    if step is None or (question.unless_false and at(numbers.summary, *question.unless_false) is False):
        return None
    first, second, contrast = step.first, step.second, step.contrast
    text = question.better if contrast.better else question.worse if contrast.worse else question.neither
    closer, other = (first, second) if contrast.better else (second, first)
    spoilt = contrast.decided and bool(excess(numbers.verdict, closer)) and not excess(numbers.verdict, other)
    if spoilt:
        faults = " and ".join(excess(numbers.verdict, closer))
        text = (
            f"{first.sampler} and {second.sampler} cannot be compared by distance alone: {closer.name} is closer, but "
            f"{faults}."
        )
    detail = (
        f"{DISTANCE} {with_interval(*first.distance)} for {first.name} against {with_interval(*second.distance)} for "
        f"{second.name}: {difference(step)}."
    )
    more = [detail, *_unmoved(question, step), *_aside(question, step, numbers), *_memory(step, numbers)]
    return Finding(
        question.key,
        question.section,
        text.format(ratio=step.ratio),
        " ".join(more),
        distances(first, second),
        UNIT,
        decided=contrast.decided and not spoilt,
    )


def _unmoved(question: Question, step: Step) -> list[str]:
    """That the best is not to move anything, where it is."""
    still = not question.against and level_of(step.first.label) == 0
    return [f"Of the levels tried, {step.first.level} comes closest, which moves nothing."] if still else []


def _aside(question: Question, step: Step, numbers: Numbers) -> list[str]:
    """What the question has to say of some levels, where the last of them is farther off and less sharp than none."""
    levels = swept(numbers.levels(step.first.sampler))
    unmoved = [score for score in levels if level_of(score.label) == 0]
    if question.aside is None or not unmoved:
        return []
    word, words = question.aside
    return [
        f"{words}: {numbers.criterion.title} {with_spread(score.value, score.spread)} at {score.level}, "
        f"{with_spread(unmoved[0].value, unmoved[0].spread)} where nothing is moved."
        for score in [score for score in levels if word in score.label][-1:]
        if numbers.compare(unmoved[0], score).better and _blurs(numbers, unmoved[0], score)
    ]


def _blurs(numbers: Numbers, before: Score, after: Score) -> bool:
    sharp = [numbers.scores.beside(score, "sharpness", numbers.criterion.reference) for score in (before, after)]
    return sharp[0] is None or sharp[1] is None or sharp[1].value < sharp[0].value


def _memory(step: Step, numbers: Numbers) -> list[str]:
    """Whether a sampler that holds the training points gains by repeating them."""
    first, kept = step.first, class_of(step.first.sampler).kept
    if not step.contrast.better or kept is None or not kept.faces:
        return []
    most = f"limit {limit(numbers.verdict.autoencoder['most_copied'])}"
    told = (
        "so the gain is at least partly memory"
        if numbers.verdict.copies(first)
        else "so copies do not explain the gain"
    )
    return [f"{share_words(first.copied)} of its faces are copies ({most}), {told}."]


RANK = tuple(question.rank for question in QUESTIONS.values())
FINDERS = tuple(partial(claim, question) for question in QUESTIONS.values())
