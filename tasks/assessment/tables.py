"""Score tables: the values of single draws, their summary, and how both are written and read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from storage.files import read_json, write_text

SCORES, DRAWS, CAUTIONS = "scores.csv", "draws.csv", "cautions.json"
JUDGED, AUTOENCODER = "judged_draws.csv", "autoencoder.json"
LIKELIHOODS, LIKELIHOOD_FACTS = "likelihoods.zarr", "likelihoods.json"

Key = tuple[str, str, str, str, str]
"""Of a row: sampler, label, metric, features, reference."""

NO_LEVEL = ("", "all")
"""The labels of samplers that sweep nothing."""


def level_words(label: str) -> str:
    """A level's label as one writes it: ``k=20, bandwidth=1.0``; empty where nothing is swept."""
    return "" if label in NO_LEVEL else label.replace(",", ", ")


def row_name(sampler: str, label: str) -> str:
    """Sampler and level, such as ``uniform_component (fact=1.0)``; the sampler alone where nothing is swept."""
    level = level_words(label)
    return f"{sampler} ({level})" if level else sampler


@dataclass(frozen=True)
class AtLevel:
    """A sampler at one level, by the level's label."""

    sampler: str
    label: str

    @property
    def level(self) -> str:
        """The level's label as one writes it, empty where nothing is swept."""
        return level_words(self.label)

    @property
    def name(self) -> str:
        """Sampler and level, as ``row_name`` writes them."""
        return row_name(self.sampler, self.label)


@dataclass(frozen=True)
class DrawScore(AtLevel):
    """One row of ``draws.csv``: the value of a metric for one draw of ``n`` images, numbered from 0."""

    metric: str
    features: str
    reference: str
    draw: int
    value: float
    n: int
    seed: int


@dataclass(frozen=True)
class Score(AtLevel):
    """One row of ``scores.csv``: the mean of a metric over the draws and their standard deviation (ddof 1).

    ``n``: images per draw; ``features``: the network, or ``pixels`` or ``latent``; ``spread``: NaN where unknown.
    """

    metric: str
    features: str
    reference: str
    value: float
    spread: float = math.nan
    n: int = 0
    seed: int = 0

    @property
    def key(self) -> Key:
        """What tells the row from all others."""
        return self.sampler, self.label, self.metric, self.features, self.reference


Line = TypeVar("Line", Score, DrawScore)
COLUMNS = tuple(field.name for field in fields(Score))
DRAW_COLUMNS = tuple(field.name for field in fields(DrawScore))


def by_level(draws: Iterable[DrawScore]) -> dict[tuple[str, str], tuple[dict[str, list[float]], int]]:
    """Of each sampler and level, in order of appearance: the values of every metric by draw, and n of one draw."""
    values: dict[tuple[str, str], dict[str, list[float]]] = {}
    sizes: dict[tuple[str, str], int] = {}
    for row in draws:
        values.setdefault((row.sampler, row.label), {}).setdefault(row.metric, []).append(row.value)
        sizes[row.sampler, row.label] = row.n
    return {place: (found, sizes[place]) for place, found in values.items()}


def summarise(draws: Iterable[DrawScore]) -> list[Score]:
    """A row for the draws of each sampler, level, metric, network and reference, in order of appearance."""
    groups: dict[tuple[str, str, str, str, str, int, int], list[float]] = {}
    for row in draws:
        key = (row.sampler, row.label, row.metric, row.features, row.reference, row.n, row.seed)
        groups.setdefault(key, []).append(row.value)
    return [
        Score(*key[:5], float(np.mean(values)), float(np.std(values, ddof=1)), *key[5:])
        for key, values in groups.items()
    ]


def write_scores(folder: Path, draws: Sequence[DrawScore]) -> None:
    """Write ``draws.csv`` and their summary, ``scores.csv``, to ``folder``."""
    write_table(folder / DRAWS, DRAW_COLUMNS, draws)
    write_table(folder / SCORES, COLUMNS, summarise(draws))


def read_cautions(folder: Path) -> list[dict[str, str]]:
    """What must be known of metrics: ``metric``, ``features``, ``reference``, ``text`` of each; empty if nothing."""
    path = folder / CAUTIONS
    return list(read_json(path)) if path.exists() else []


def told(folder: Path) -> dict[str, list[str]]:
    """The cautions as facts of a stage, each text once; nothing where there are none."""
    texts = list(dict.fromkeys(caution["text"] for caution in read_cautions(folder)))
    return {"cautions": texts} if texts else {}


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Score | DrawScore]) -> None:
    """Write ``rows`` as CSV; numbers read back exactly."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(astuple(row) for row in rows)
    write_text(path, text.getvalue())


def read_scores(path: Path) -> list[Score]:
    """The rows of a ``scores.csv``. Raises ``ValueError`` that names the file if it is another table."""
    return _read(path, COLUMNS, Score, [str, str, str, str, str, float, float, int, int])


def read_draws(path: Path) -> list[DrawScore]:
    """The rows of a ``draws.csv``. Raises ``ValueError`` that names the file if it is another table."""
    return _read(path, DRAW_COLUMNS, DrawScore, [str, str, str, str, str, int, float, int, int])


def _read(path: Path, columns: Sequence[str], kind: type[Line], types: list[Callable[[str], Any]]) -> list[Line]:
    with open(path, newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    if not table or tuple(table[0]) != tuple(columns):
        raise ValueError(f"{path} has no columns {','.join(columns)}; delete {path.parent} to redo it")
    try:
        return [kind(*(convert(text) for convert, text in zip(types, row, strict=True))) for row in table[1:]]
    except ValueError as error:
        raise ValueError(f"{path}: {error}; delete {path.parent} to redo it") from error
