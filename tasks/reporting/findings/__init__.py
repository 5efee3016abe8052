"""What the numbers say, in words: every sentence is chosen by the numbers, none is fixed beforehand."""

from __future__ import annotations

from collections.abc import Callable

from tasks.reporting.findings import draws, space
from tasks.reporting.findings.answer import answer
from tasks.reporting.findings.finding import Finding, Numbers

FINDERS: tuple[Callable[[Numbers], Finding | None], ...] = (
    answer,
    draws.correlations,
    draws.intervals,
    draws.interval_width,
    draws.local_structure,
    draws.trimming,
    draws.correction,
    draws.copying,
    draws.agreement,
    space.autoencoder,
    space.offset,
    space.shape,
    space.dependence,
    space.variance,
    space.normality,
    space.core,
)
"""Each looks at the numbers and says one thing, or nothing where what it needs is absent."""


def find(numbers: Numbers) -> list[Finding]:
    """All findings; the first, keyed ``answer``, is the headline."""
    found = (finder(numbers) for finder in FINDERS)
    return [finding for finding in found if finding is not None]
