"""Which draw a study recommends: the one of its verdict, wherever drawing starts without a sampler named."""

from __future__ import annotations

from typing import NamedTuple

from tasks.finished.verdict import Judged, Verdict
from tasks.sampling.sampler import Level
from tasks.stage.errors import InputError


class Recommendation(NamedTuple):
    """The sampler, its level, and how its faces were judged."""

    sampler: str
    level: Level
    judged: Judged


def recommended(verdict: Verdict) -> Judged:
    """The draw of ``verdict``. Raises ``InputError`` that says why and what to do where there is none."""
    if verdict.pick is None:
        raise InputError(
            f"this study recommends no sampler: {verdict.withheld}; {verdict.remedy}, or choose one with --sampler NAME"
        )
    return verdict.pick
