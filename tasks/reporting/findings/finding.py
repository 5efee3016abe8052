"""A finding: a sentence, the numbers that it rests on, and where its figure is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from tasks.assessment.tables import Score
from tasks.reporting.ranking import Ranking
from tasks.reporting.scores import Comparison, Judge, ScoreTable


@dataclass(frozen=True)
class Evidence:
    """One number behind a finding, drawn as a bar; ``spread`` is its standard deviation, NaN where unknown."""

    label: str
    value: float
    spread: float = math.nan
    text: str = ""

    @property
    def number(self) -> str:
        """The value as it is written beside its bar."""
        return self.text or with_spread(self.value, self.spread)


@dataclass(frozen=True)
class Finding:
    """``text`` is the claim, ``detail`` says it in numbers; ``section`` is the anchor of its figure.

    ``decided`` is false where the numbers do not tell either way, which the text then says.
    ``pick``: sampler and level that the finding recommends, if it does.
    """

    key: str
    section: str
    text: str
    detail: str = ""
    evidence: tuple[Evidence, ...] = field(default=())
    unit: str = ""
    decided: bool = True
    pick: tuple[str, str] | None = None


@dataclass(frozen=True)
class Numbers:
    """All that findings are computed from.

    ``summary``: the scalars of the statistics; ``yardstick``: held-out errors of the autoencoder and of a PCA;
    ``dimension``: components of the latent space; ``ranking``: which samplers differ, None where not known.
    """

    scores: ScoreTable
    judge: Judge
    summary: dict[str, Any]
    yardstick: dict[str, Any]
    dimension: int
    ranking: Ranking | None = None

    def compare(self, first: Score, second: Score) -> Comparison:
        """Whether two rows of the deciding number differ, by the rule of the ranking."""
        probability = math.nan if self.ranking is None else self.ranking.between(first.key, second.key)
        return Comparison(first, second, probability, self.judge.significance)

    def repeated(self, score: Score) -> str:
        """Over what a row's ± was taken, ``3 draws of 300 images``; empty where draws were not repeated."""
        if self.ranking is None or self.ranking.repeats < 2:
            return ""
        return f"{self.ranking.repeats} draws" + (f" of {score.n:,} images" if score.n else "")


def short(value: float) -> str:
    """The number in three significant digits, large ones with separators: 0.00432, 19.3, 14,342."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if size < 1e-4:
        return f"{value:.1e}"
    places = max(0, 2 - math.floor(math.log10(size)))
    rounded = f"{value:,.{places}f}"
    return rounded.replace("-", "−")


def with_spread(value: float, spread: float) -> str:
    """Both to the spread's second digit, ``19.31 ± 0.42``, or the value alone where the spread is unknown."""
    if not math.isfinite(spread) or spread <= 0:
        return short(value)
    places = min(6, max(0, 1 - math.floor(math.log10(spread))))
    return f"{value:,.{places}f} ± {spread:,.{places}f}".replace("-", "−")


def counted(count: int, one: str, many: str = "") -> str:
    """A number and what it counts: ``1 component``, ``1,024 components``, ``1 axis``, ``2 axes``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def probability(p: float) -> str:
    """A p-value as one writes it: p = 0.012, p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def percent(share: float) -> str:
    """A share as per cent, with a decimal near the ends: 97.5 %."""
    value = 100 * share
    return f"{value:.0f} %" if 10 <= value <= 90 else f"{value:.1f} %"


CHANCE = 0.001
"""Probability below which something is not put down to chance."""


def at(facts: dict[str, Any], *path: str) -> Any:
    """The value at ``path`` in nested facts; None where any step is absent or undefined."""
    value: Any = facts
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
