"""The long-form score table: reading, looking up, comparing."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.reporting.ranking import Ranking, rank

COLUMNS = ("sampler", "label", "metric", "features", "reference", "value", "spread", "n", "seed")
FIXED_ROWS = ("real", "reconstruction")
"""The samplers that are no samplers: the floor, and the yardstick of a plain draw."""

NO_LEVEL = ("", "all")
"""The labels of samplers that sweep nothing."""


def level_words(label: str) -> str:
    """A level's label as one writes it: ``k=20, bandwidth=1.0``; empty where nothing is swept."""
    return "" if label in NO_LEVEL else label.replace(",", ", ")


def reference_words(reference: str) -> str:
    """A reference as one writes it: ``held-out``, ``training``."""
    return {"heldout": "held-out", "train": "training"}.get(reference, reference)


@dataclass(frozen=True)
class Score:
    """One number: ``value`` and its standard deviation over repeated draws, ``spread`` (NaN where unknown)."""

    sampler: str
    label: str
    metric: str
    features: str
    reference: str
    value: float
    spread: float = math.nan
    n: str = ""
    seed: str = ""

    @property
    def name(self) -> str:
        """Sampler and level, such as ``uniform_component (fact=1.0)``; the sampler alone where nothing is swept."""
        return f"{self.sampler} ({self.level})" if self.level else self.sampler

    @property
    def key(self) -> Key:
        """What tells the row from all others."""
        return self.sampler, self.label, self.metric, self.features, self.reference

    @property
    def level(self) -> str:
        """The level's label as one writes it, empty where nothing is swept."""
        return level_words(self.label)


@dataclass(frozen=True)
class Judge:
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


@dataclass(frozen=True)
class Comparison:
    """``first`` against ``second`` where lower is better.

    probability: of such a difference by chance, adjusted for all pairs; NaN where draws were not repeated.
    """

    first: Score
    second: Score
    probability: float
    significance: float

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

    def judged(self, judge: Judge, sampler: str | None = None) -> list[Score]:
        """The rows of the deciding number with a finite value, those of one sampler if named."""
        rows = self.select(sampler=sampler, metric=judge.metric, features=judge.features, reference=judge.reference)
        return [row for row in rows if math.isfinite(row.value)]

    def best(self, judge: Judge, sampler: str) -> Score | None:
        """The sampler's best level by the deciding number; None where it has no such score."""
        return min(self.judged(judge, sampler), key=lambda row: row.value, default=None)

    def beside(self, score: Score, metric: str, reference: str) -> Score | None:
        """Another metric of the same sampler and level, against ``reference``, in the same features if possible."""
        rows = self.select(sampler=score.sampler, label=score.label, metric=metric, reference=reference)
        rows = [row for row in rows if math.isfinite(row.value)]
        return max(rows, key=lambda row: row.features == score.features, default=None)


def _number(text: str) -> float:
    return float(text) if text.strip() else math.nan


Key = tuple[str, str, str, str, str]
"""Of a row: sampler, label, metric, features, reference."""


def read_draws(path: Path) -> dict[Key, list[float]]:
    """The values of single draws behind each score, from a ``draws.csv``; empty if there is none.

    Raises ``ValueError`` that names the file if a column is missing or not a number.
    """
    if not path.exists():
        return {}
    found: dict[Key, list[float]] = {}
    with open(path, newline="", encoding="utf-8") as file:
        try:
            for row in csv.DictReader(file):
                key = (row["sampler"], row["label"], row["metric"], row["features"], row["reference"])
                found.setdefault(key, []).append(float(row["value"]))
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path}: {error}; delete its folder to redo it") from error
    return found


def ranked(scores: ScoreTable, draws: Mapping[Key, Sequence[float]], judge: Judge) -> Ranking | None:
    """The samplers, each at its best level, and the reconstructions, ranked by the draws of the deciding number.

    All other levels help to tell how much draws vary. None where single draws were not kept.
    """
    rows = [row for row in scores.judged(judge) if row.key in draws and row.sampler != "real"]
    best = {row.key for name in scores.samplers if (row := scores.best(judge, name))}
    ladder = {row.sampler: row.key for row in rows if row.key in best or row.sampler in FIXED_ROWS}
    return rank({row.key: draws[row.key] for row in rows}, ladder, judge.significance)


def read_scores(path: Path) -> ScoreTable:
    """Read a ``scores.csv``. Raises ``ValueError`` that names the file if a column is missing or not a number."""
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path} lacks the columns {sorted(missing)}; delete its folder to redo it")
        try:
            return ScoreTable(tuple(_score(row) for row in reader))
        except ValueError as error:
            raise ValueError(f"{path}: {error}; delete its folder to redo it") from error


def _score(row: dict[str, str]) -> Score:
    value, spread = _number(row["value"]), _number(row["spread"])
    names = (row["sampler"], row["label"], row["metric"], row["features"], row["reference"])
    return Score(*names, value, spread, row["n"], row["seed"])


def choose_features(available: Iterable[str]) -> str:
    """The feature space that decides: the most telling one that was measured."""
    names = list(dict.fromkeys(available))
    for name in ("inception", "attributes", "random"):
        if name in names:
            return name
    return names[0] if names else ""
