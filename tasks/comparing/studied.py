"""One of the studies that are compared, read when asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.assessment.tables import Score
from tasks.comparing.config import Member
from tasks.finished.numbers import at
from tasks.finished.samples import SampleSet
from tasks.finished.scores import FIXED_ROWS, Judge, ScoreTable, choose_features, read_table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Studied:
    """The artifacts' folders of one study; ``samples``: by sampler. ``metric`` and ``reference`` judge the ladder."""

    member: Member
    dataset: Path
    model: Path
    statistics: Path
    scores_path: Path
    samples: Mapping[str, Path]
    metric: str
    reference: str

    @property
    def name(self) -> str:
        """What the page calls it."""
        return self.member.name

    @cached_property
    def network(self) -> dict[str, Any]:
        """The autoencoder's configuration."""
        return dict(read_json(self.model / "autoencoder.json"))

    @cached_property
    def yardstick(self) -> dict[str, Any]:
        """Held-out errors of the autoencoder and of a PCA with as many components."""
        return dict(read_json(self.model / "yardstick.json"))

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The scalars of the statistics."""
        return dict(read_json(self.statistics / "summary.json"))

    @cached_property
    def group(self) -> zarr.Group:
        """The open ``statistics.zarr``."""
        return open_complete(self.statistics / "statistics.zarr")

    def statistic(self, name: str) -> Floats | None:
        """An array of the statistics, NaN taken out; None where it is undefined for this data."""
        if name not in self.group:
            return None
        values = np.asarray(read_array(self.group, name), np.float64)
        return values[np.isfinite(values)] if values.ndim == 1 else values

    @property
    def components(self) -> int:
        """Components of a latent vector."""
        return int(self.summary["components"])

    def fact(self, *path: str) -> float:
        """A number of the summary; NaN where it is absent or undefined."""
        return number(at(self.summary, *path))

    @cached_property
    def correlations(self) -> Floats:
        """|R| of every pair of components: (pair,)."""
        matrix = self.statistic("correlation")
        if matrix is None or len(matrix) < 2:
            return np.empty(0)
        values = np.abs(matrix[np.triu_indices(len(matrix), k=1)])
        return values[np.isfinite(values)]

    @cached_property
    def scores(self) -> ScoreTable:
        """All scores."""
        return read_table(self.scores_path / "scores.csv")

    @cached_property
    def judge(self) -> Judge:
        """The number that decides between samplers."""
        rows = self.scores.select(metric=self.metric, reference=self.reference)
        return Judge(self.metric, choose_features(row.features for row in rows), self.reference)

    def best(self, sampler: str) -> Score | None:
        """A sampler's best level, or a fixed row; None where it was not scored."""
        return self.scores.best(self.judge, sampler)

    def level(self, sampler: str, label: str, features: str | None = None) -> Score | None:
        """One level of a sampler by the deciding metric; None where it was not scored."""
        rows = self.scores.select(sampler, label, self.metric, features or self.judge.features, self.reference)
        return next((row for row in rows if math.isfinite(row.value)), None)

    def reconstruction(self, features: str | None = None) -> float:
        """The reconstruction row by the deciding metric, which is the unit of the ladder; NaN without one."""
        kind = features or self.judge.features
        rows = self.scores.select("reconstruction", None, self.metric, kind, self.reference)
        return rows[0].value if rows and rows[0].value > 0 else math.nan

    def multiple(self, sampler: str) -> float:
        """The sampler's best level in multiples of reconstructions; NaN where there is none."""
        score = self.best(sampler)
        return score.value / self.reconstruction() if score else math.nan

    @property
    def samplers(self) -> list[str]:
        """The samplers that were scored."""
        return [name for name in self.scores.samplers if name not in FIXED_ROWS]

    def copies(self, sampler: str) -> bool:
        """The sampler's best level repeats training faces, as far as its novelty tells."""
        score = self.best(sampler)
        return score is not None and self.scores.copies(self.judge, score)

    def drawn(self, sampler: str) -> SampleSet | None:
        """What a sampler drew; None where it did not."""
        return SampleSet(sampler, self.samples[sampler]) if sampler in self.samples else None


def number(value: Any) -> float:
    """``value`` as a float; NaN for None and what is no number."""
    return float(value) if isinstance(value, int | float) else math.nan
