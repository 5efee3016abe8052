"""Fidelity and variety: the two aspects of a draw that a single distance mixes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tasks.assessment.tables import Score
from tasks.finished.numbers import Numbers
from tasks.finished.verdict import Judged
from tasks.page.wording import listed

FIDELITY, VARIETY = ("density", "precision"), ("coverage", "recall")
"""The metrics that tell of each aspect, higher is better; the first that was measured is taken."""

NAMED = 2


class Aspects(NamedTuple):
    """A sampler's scores of both aspects at one level, by its stored draws."""

    fidelity: Score
    variety: Score


def aspects(numbers: Numbers, sampler: str, label: str | None = None) -> Aspects | None:
    """Both aspects against training images; None where one was not measured."""
    found = [_first(numbers, sampler, label, metrics) for metrics in (FIDELITY, VARIETY)]
    return Aspects(found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _first(numbers: Numbers, sampler: str, label: str | None, metrics: Iterable[str]) -> Score | None:
    measured = (numbers.scores.by(replace(numbers.criterion, metric=metric), sampler, label) for metric in metrics)
    return next((score for rows in measured for score in rows), None)


def disagreements(numbers: Numbers, pick: Judged, tied: Sequence[Judged], others: Sequence[Judged]) -> list[str]:
    """What fidelity and variety say against ``pick``, each without a capital and a period.

    tied: draws that are as close, where one aspect may be better; others: draws that are farther off, where both are.
    """
    own = aspects(numbers, pick.sampler, pick.label)
    if own is None:
        return []
    better: dict[str, list[str]] = {"fidelity": [], "variety": [], "fidelity and variety": []}
    for row in (*tied, *others):
        found = aspects(numbers, row.sampler, row.label)
        if row == pick or found is None:
            continue
        # Contrasts take the lower for the better.
        ahead = [numbers.compare(mine, theirs).better for mine, theirs in zip(own, found, strict=True)]
        if all(ahead):
            better["fidelity and variety"].append(row.sampler)
        elif row in tied and any(ahead):
            better["fidelity" if ahead[0] else "variety"].append(row.sampler)
    return [
        f"{_few(names)} {'has' if len(names) == 1 else 'have'} more {what}" for what, names in better.items() if names
    ]


def _few(names: list[str]) -> str:
    more = len(names) - NAMED
    return listed([*names[:NAMED], f"{more} others"] if more > 1 else names)
