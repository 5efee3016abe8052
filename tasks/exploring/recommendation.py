"""Which draw a study recommends: the one that its report names, wherever drawing starts without a sampler named."""

from __future__ import annotations

from typing import NamedTuple

from tasks.assessment.tables import Score
from tasks.finished.scores import Criterion, ScoreTable
from tasks.sampling.sampler import Level
from tasks.stage.errors import InputError


class Recommendation(NamedTuple):
    """The sampler, its level, and the row of the scores that it was chosen by."""

    sampler: str
    level: Level
    score: Score


def recommended(table: ScoreTable, criterion: Criterion) -> Score:
    """The row of the sampler that does not copy and comes closest to real faces, at its best level.

    Raises ``InputError`` if none was scored, or all of them copy.
    """
    fresh = table.fresh(criterion)
    if not fresh:
        why = (
            f"all stay below a novelty of {criterion.minimum_novelty:.2f}: they copy"
            if table.leaders(criterion)
            else "none was scored"
        )
        raise InputError(f"no sampler can be recommended ({why}); choose one (--sampler NAME)")
    return fresh[0]
