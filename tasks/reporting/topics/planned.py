"""The questions that a study asks before it has seen its numbers: few comparisons, adjusted for one another alone.

The ladder compares every sampler with every other, and its p-values are adjusted for so many pairs. These few are
planned, and what they can tell must not depend on how many other samplers were drawn from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial

import numpy as np

from tasks.assessment.tables import Score
from tasks.finished.numbers import Numbers
from tasks.finished.ranking import holm
from tasks.finished.scores import Comparison

Pair = tuple[Score, Score]


def level_of(score: Score) -> float:
    """The number in a level's label (``scale=1.0`` is 1.0); NaN where there is none."""
    match = re.search(r"=(\d+(\.\d+)?)$", score.label)
    return float(match.group(1)) if match else math.nan


def swept(scores: list[Score]) -> list[Score]:
    """Those whose level is a number, the smallest first."""
    return sorted((score for score in scores if not math.isnan(level_of(score))), key=level_of)


def _same_level(first: str, second: str, numbers: Numbers) -> Pair | None:
    """Two samplers at a level that both have, the one nearest to 1: everything else is equal there."""
    ours = {score.label: score for score in numbers.scores.judged(numbers.judge, first)}
    theirs = {score.label: score for score in numbers.scores.judged(numbers.judge, second)}
    shared = [label for label in ours if label in theirs]
    if not shared:
        return None
    numbered = swept([ours[label] for label in shared])
    label = min(numbered, key=lambda score: abs(level_of(score) - 1)).label if numbered else shared[0]
    return ours[label], theirs[label]


def _best_levels(first: str, second: str, numbers: Numbers) -> Pair | None:
    """Two samplers, each at its best level."""
    ours, theirs = (numbers.scores.best(numbers.judge, name) for name in (first, second))
    return (ours, theirs) if ours and theirs else None


def _moved_and_still(sampler: str, numbers: Numbers) -> Pair | None:
    """A correcting sampler at its best level, and where it leaves the points as they were drawn."""
    scores = numbers.scores.judged(numbers.judge, sampler)
    still = next((score for score in scores if level_of(score) == 0), None)
    moved = [score for score in scores if level_of(score) != 0]
    return (min(moved, key=lambda score: score.value), still) if still and moved else None


QUESTIONS: dict[str, Callable[[Numbers], Pair | None]] = {
    "correlations": partial(_same_level, "multivariate_normal", "normal_component"),
    "intervals": partial(_best_levels, "uniform_component", "uniform_common"),
    "local_structure": partial(_best_levels, "manifold_parzen", "multivariate_normal"),
    "trimming": partial(_same_level, "multivariate_normal_core", "multivariate_normal"),
    "correction": partial(_moved_and_still, "neighbour_corrected"),
}
"""Each by the key of its finding: which two rows it compares, None where one is missing."""


def planned(numbers: Numbers) -> dict[str, Comparison]:
    """The answers to those ``QUESTIONS`` that the samplers of this study allow, by key."""
    # A single component has no correlations to leave out.
    asked = {key: ask for key, ask in QUESTIONS.items() if numbers.dimension > 1 or key != "correlations"}
    pairs = {key: pair for key, ask in asked.items() if (pair := ask(numbers)) is not None}
    alone = [
        math.nan if numbers.ranking is None else numbers.ranking.alone(first.key, second.key)
        for first, second in pairs.values()
    ]
    among = f"the {len(pairs)} planned comparisons" if len(pairs) > 1 else ""
    return {
        key: Comparison(*pair, float(probability), numbers.judge.significance, among)
        for (key, pair), probability in zip(pairs.items(), holm(np.array(alone)), strict=True)
    }
