"""The long-form score table: reading, looking up, comparing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.assessment.tables import Key, Score, read_draws, read_scores
from tasks.finished.config import CriterionConfig
from tasks.finished.metrics import metric_named
from tasks.finished.ranking import Ranking, rank

FIXED_ROWS = ("real", "reconstruction")
"""The two fixed rows, which are not samplers: the floor, and the best that a plain draw can hope for."""


def reference_words(reference: str) -> str:
    """A reference as one writes it: ``held-out``, ``training``."""
    return {"heldout": "held-out", "train": "training"}.get(reference, reference)


@dataclass(frozen=True)
class Criterion:
    """The number that decides, lower is better, and from which p-value on a difference counts."""

    metric: str
    features: str
    reference: str
    minimum_novelty: float = 0.5
    significance: float = 0.05

    @property
    def images(self) -> str:
        """Which images the deciding metric compares with, in words."""
        return f"{reference_words(self.reference)} images"

    @property
    def title(self) -> str:
        """What the deciding metric is called."""
        return metric_named(self.metric).title

    @property
    def unit(self) -> str:
        """What bars of the deciding number show."""
        return f"{self.title} against {self.images}, lower is better"


@dataclass(frozen=True)
class Comparison:
    """``first`` against ``second`` where lower is better.

    probability: of such a difference by chance, adjusted for ``among`` (nothing where it is empty); NaN where draws
    were not repeated.
    """

    first: Score
    second: Score
    probability: float
    significance: float
    among: str = "all pairs"

    @property
    def gain(self) -> float:
        """By how much the first is better (negative: worse)."""
        return self.second.value - self.first.value

    @property
    def ratio(self) -> float:
        """How many times the first the second is; NaN unless both are positive."""
        positive = self.first.value > 0 and self.second.value > 0
        return self.second.value / self.first.value if positive else math.nan

    @property
    def decided(self) -> bool:
        """The two differ by more than chance."""
        return self.probability < self.significance

    @property
    def better(self) -> bool:
        """The first is better, and not by chance."""
        return self.decided and self.gain > 0

    @property
    def worse(self) -> bool:
        """The first is worse, and not by chance."""
        return self.decided and self.gain < 0


@dataclass(frozen=True)
class ScoreTable:
    """All scores in the order of the file."""

    rows: tuple[Score, ...]

    @property
    def samplers(self) -> list[str]:
        """The samplers proper, without the fixed rows, in order of appearance."""
        return [name for name in dict.fromkeys(row.sampler for row in self.rows) if name not in FIXED_ROWS]

    @property
    def references(self) -> list[str]:
        """The references, in order of appearance, without the empty one."""
        return [name for name in dict.fromkeys(row.reference for row in self.rows) if name]

    def select(
        self,
        sampler: str | None = None,
        label: str | None = None,
        metric: str | None = None,
        features: str | None = None,
        reference: str | None = None,
    ) -> list[Score]:
        """The rows that agree with everything given."""
        wanted = {"sampler": sampler, "label": label, "metric": metric, "features": features, "reference": reference}
        asked = {name: value for name, value in wanted.items() if value is not None}
        return [row for row in self.rows if all(getattr(row, name) == value for name, value in asked.items())]

    def judged(self, criterion: Criterion, sampler: str | None = None, label: str | None = None) -> list[Score]:
        """The rows of the deciding number with a finite value, those of one sampler, and of one level, if named."""
        rows = self.select(sampler, label, criterion.metric, criterion.features, criterion.reference)
        return [row for row in rows if math.isfinite(row.value)]

    def best(self, criterion: Criterion, sampler: str) -> Score | None:
        """The sampler's best level by the deciding number; None where it has no such score."""
        return min(self.judged(criterion, sampler), key=lambda row: row.value, default=None)

    def leaders(self, criterion: Criterion) -> list[Score]:
        """Every sampler at its best level, in order of appearance."""
        return [score for name in self.samplers if (score := self.best(criterion, name))]

    def copies(self, criterion: Criterion, score: Score) -> bool:
        """The draw repeats training faces, as far as its novelty tells."""
        novelty = self.beside(score, "novelty", "train")
        return novelty is not None and novelty.value < criterion.minimum_novelty

    def fresh(self, criterion: Criterion) -> list[Score]:
        """The samplers that do not copy, each at its best level, the best first, which is what a study recommends."""
        new = [score for score in self.leaders(criterion) if not self.copies(criterion, score)]
        return sorted(new, key=lambda score: score.value)

    def beside(self, score: Score, metric: str, reference: str) -> Score | None:
        """Another metric of the same sampler and level, against ``reference``, in the same features if possible."""
        rows = self.select(sampler=score.sampler, label=score.label, metric=metric, reference=reference)
        rows = [row for row in rows if math.isfinite(row.value)]
        return max(rows, key=lambda row: row.features == score.features, default=None)


def read_values(path: Path) -> dict[Key, list[float]]:
    """The values of single draws behind each score, from a ``draws.csv``; empty if there is none.

    Raises ``ValueError`` that names the file if it is another table.
    """
    found: dict[Key, list[float]] = {}
    for row in read_draws(path) if path.exists() else ():
        key = (row.sampler, row.label, row.metric, row.features, row.reference)
        found.setdefault(key, []).append(row.value)
    return found


def ranked(scores: ScoreTable, draws: Mapping[Key, Sequence[float]], criterion: Criterion) -> Ranking | None:
    """The samplers, each at its best level, and the reconstructions, ranked by the draws of the deciding number.

    All other levels help to tell how much draws vary. None where single draws were not kept.
    """
    rows = [row for row in scores.judged(criterion) if row.key in draws and row.sampler != "real"]
    best = {row.key for row in scores.leaders(criterion)}
    ladder = {row.sampler: row.key for row in rows if row.key in best or row.sampler in FIXED_ROWS}
    return rank({row.key: draws[row.key] for row in rows}, ladder, criterion.significance)


def read_table(path: Path) -> ScoreTable:
    """A ``scores.csv`` as a whole. Raises ``ValueError`` that names the file if it is another table."""
    return ScoreTable(tuple(read_scores(path)))


def criterion_of(table: ScoreTable, config: CriterionConfig) -> Criterion:
    """The number that decides in ``table``, by ``config``."""
    features = choose_features(row.features for row in table.select(metric=config.metric, reference=config.reference))
    return Criterion(config.metric, features, config.reference, config.minimum_novelty, config.significance)


def choose_features(available: Iterable[str]) -> str:
    """The feature space that decides: the most telling one that was measured."""
    names = list(dict.fromkeys(available))
    for name in ("inception", "attributes", "random"):
        if name in names:
            return name
    return names[0] if names else ""
