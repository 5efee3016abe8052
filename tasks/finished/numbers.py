"""What findings are computed from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tasks.assessment.tables import Score
from tasks.finished.ranking import Ranking
from tasks.finished.scores import Comparison, Criterion, ScoreTable

CHANCE = 0.001
"""Probability below which something is not put down to chance."""

NEW = 0.8
"""Novelty from which faces are called new without a reservation."""


@dataclass(frozen=True)
class Numbers:
    """All that findings are computed from.

    ``summary``: the scalars of the statistics; ``pca_baseline``: held-out errors of the autoencoder and of a PCA;
    ``dimension``: components of the latent space; ``ranking``: which samplers differ, None where not known.
    """

    scores: ScoreTable
    criterion: Criterion
    summary: dict[str, Any]
    pca_baseline: dict[str, Any]
    dimension: int
    ranking: Ranking | None = None

    def compare(self, first: Score, second: Score) -> Comparison:
        """Whether two rows of the deciding number differ, by the rule of the ranking."""
        probability = math.nan if self.ranking is None else self.ranking.between(first.key, second.key)
        return Comparison(first, second, probability, self.criterion.significance)

    def judged(self, sampler: str | None = None) -> list[Score]:
        """The rows of the deciding number, those of one sampler if named."""
        return self.scores.judged(self.criterion, sampler)

    def novelty(self, score: Score) -> float | None:
        """The novelty of the same draw against the training images; None where it was not measured."""
        row = self.scores.beside(score, "novelty", "train")
        return row.value if row else None

    def copies(self, score: Score) -> bool:
        """The draw repeats training faces, as far as its novelty tells."""
        return self.scores.copies(self.criterion, score)

    def repeated(self, score: Score) -> str:
        """Over what a row's ± was taken, ``3 draws of 300 images``; empty where draws were not repeated."""
        if self.ranking is None or self.ranking.repeats < 2:
            return ""
        return f"{self.ranking.repeats} draws" + (f" of {score.n:,} images" if score.n else "")


def at(facts: dict[str, Any], *path: str) -> Any:
    """The value at ``path`` in nested facts; None where any step is absent or undefined."""
    value: Any = facts
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def number_at(facts: dict[str, Any], *path: str) -> float:
    """The number at ``path`` in nested facts; NaN where it is absent or undefined."""
    value = at(facts, *path)
    return float(value) if isinstance(value, int | float) else math.nan
