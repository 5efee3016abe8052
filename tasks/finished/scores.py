"""The long-form score table: reading, looking up, comparing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tasks.assessment.tables import Key, Score, read_draws, read_scores
from tasks.finished.metrics import metric_named

FIXED_ROWS = ("real", "reconstruction")
"""The two fixed rows, which are not samplers: the floor, and the best that a plain draw can hope for."""


def reference_words(reference: str) -> str:
    """A reference as one writes it: ``held-out``, ``training``."""
    return {"heldout": "held-out", "train": "training"}.get(reference, reference)


@dataclass(frozen=True)
class Criterion:
    """The metric, lower is better, that tells the levels of a sampler apart, and in which features it was taken."""

    metric: str
    features: str
    reference: str

    @property
    def title(self) -> str:
        """What the metric is called."""
        return metric_named(self.metric).title

    @property
    def images(self) -> str:
        """What the metric compares with, in words."""
        return f"{reference_words(self.reference)} {metric_named(self.metric).against}"

    @property
    def unit(self) -> str:
        """What bars of the metric show."""
        return f"{self.title} from {self.images}, lower is better"


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

    @cached_property
    def _of_samplers(self) -> dict[str, list[Score]]:
        """The rows of each sampler: a report asks for some of them hundreds of times."""
        found: dict[str, list[Score]] = {}
        for row in self.rows:
            found.setdefault(row.sampler, []).append(row)
        return found

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
        rows = self.rows if sampler is None else self._of_samplers.get(sampler, ())
        return [row for row in rows if all(getattr(row, name) == value for name, value in asked.items())]

    def by(self, criterion: Criterion, sampler: str | None = None, label: str | None = None) -> list[Score]:
        """The rows of a criterion with a finite value, those of one sampler, and of one level, if named."""
        rows = self.select(sampler, label, criterion.metric, criterion.features, criterion.reference)
        return [row for row in rows if math.isfinite(row.value)]

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


def read_table(path: Path) -> ScoreTable:
    """A ``scores.csv`` as a whole. Raises ``ValueError`` that names the file if it is another table."""
    return ScoreTable(tuple(read_scores(path)))


def criterion_of(table: ScoreTable, metric: str = "fd_decoded") -> Criterion:
    """By which the levels in ``table`` are told apart: the distance from reconstructions of the training images.

    ``metric``: another one.
    """
    features = choose_features(row.features for row in table.select(metric=metric, reference="train"))
    return Criterion(metric, features, "train")


def choose_features(available: Iterable[str]) -> str:
    """The feature space that decides: the most telling one that was measured."""
    names = list(dict.fromkeys(available))
    for name in ("inception", "attributes", "random"):
        if name in names:
            return name
    return names[0] if names else ""
