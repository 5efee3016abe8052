"""What findings are computed from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.assessment.tables import Key, Score
from tasks.finished.conditioned import Orders
from tasks.finished.estimates import Contrast
from tasks.finished.likelihoods import Likelihoods
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import Verdict

CHANCE = 0.001
"""Probability below which something is not put down to chance."""

NEW = 0.8
"""Novelty from which faces are called new without a reservation."""


@dataclass(frozen=True)
class Numbers:
    """All that findings are computed from.

    ``scores``, ``draws``: every level of every sampler, and the single draws behind each row; ``criterion``: by which
    levels are told apart; ``verdict``: the samplers judged by fresh draws; ``summary``: the scalars of the statistics;
    ``pca_baseline``: held-out errors of the autoencoder and of a PCA; ``dimension``: components of the latent space;
    ``bases``: of each sampler that moves another one's draws, that sampler; ``likelihoods``: of held-out points;
    ``orders``: faces with attributes.
    """

    scores: ScoreTable
    criterion: Criterion
    verdict: Verdict
    summary: dict[str, Any]
    pca_baseline: dict[str, Any]
    dimension: int
    draws: Mapping[Key, Sequence[float]] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)
    likelihoods: Likelihoods = field(default_factory=Likelihoods)
    orders: Orders = field(default_factory=Orders)

    def compare(self, first: Score, second: Score) -> Contrast:
        """How two levels differ by the draws that were stored of them."""
        return Contrast(*(self.draws.get(score.key, [score.value]) for score in (first, second)))

    def levels(self, sampler: str | None = None) -> list[Score]:
        """The rows of the criterion, those of one sampler if named."""
        return self.scores.by(self.criterion, sampler)

    def novelty(self, sampler: str, label: str) -> float | None:
        """How new a draw's faces are, beside held-out reconstructions; None where it was not measured."""
        rows = self.scores.select(sampler, label, "novelty", reference="train")
        known = [row for row in rows if math.isfinite(row.value)]
        best = max(known, key=lambda row: row.features == self.criterion.features, default=None)
        return best.value if best else None


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
