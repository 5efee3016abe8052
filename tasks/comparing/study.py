"""One of the studies that are compared."""

from __future__ import annotations

import math
from dataclasses import replace

from tasks.assessment.tables import Score
from tasks.comparing.config import Member
from tasks.finished.artifacts import Artifacts
from tasks.finished.numbers import number_at
from tasks.finished.study import Study


class ComparedStudy(Study):
    """A finished study in a comparison: its ``name``, its place on the axes, and its ladder in multiples."""

    def __init__(self, artifacts: Artifacts, member: Member) -> None:
        super().__init__(artifacts)
        self.name, self.settings = member.name, member.values

    def fact(self, *path: str) -> float:
        """A number of the summary; NaN where it is absent or undefined."""
        return number_at(self.summary, *path)

    def error(self, of: str = "autoencoder") -> float:
        """The held-out error of the autoencoder, or of a ``pca`` with as many components."""
        return number_at(self.pca_baseline, of, "mse")

    def best(self, sampler: str) -> Score | None:
        """A sampler's best level, or a fixed row; None where it was not scored."""
        return self.scores.best(self.criterion, sampler)

    def value(self, sampler: str, label: str | None = None, features: str | None = None) -> float:
        """The deciding metric of a row, in other features if named; NaN where it was not scored."""
        criterion = replace(self.criterion, features=features or self.criterion.features)
        return next((row.value for row in self.scores.judged(criterion, sampler, label)), math.nan)

    def reconstruction(self, features: str | None = None) -> float:
        """The reconstructions' deciding metric, which is the unit of the ladder; NaN unless positive."""
        value = self.value("reconstruction", features=features)
        return value if value > 0 else math.nan

    def multiple(self, sampler: str) -> float:
        """The sampler's best level in multiples of reconstructions; NaN where there is none."""
        score = self.best(sampler)
        return score.value / self.reconstruction() if score else math.nan

    def copies(self, sampler: str) -> bool:
        """The sampler's best level repeats training faces, as far as its novelty tells."""
        score = self.best(sampler)
        return score is not None and self.scores.copies(self.criterion, score)
