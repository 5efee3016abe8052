"""The reader of a finished study of points alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tasks.assessment.tables import SCORES
from tasks.finished.cloud import CloudStudy
from tasks.finished.points_verdict import PointsVerdict, read_points_verdict
from tasks.finished.scores import ScoreTable, read_table
from tasks.sampling.config import SampleConfig


@dataclass(frozen=True)
class PointsArtifacts:
    """The folders of a study of points; ``samples``: one per sampler; ``sampling``: how they were drawn.

    ``ratings``: None if nothing was rated yet.
    """

    points: Path
    statistics: Path
    samples: Mapping[str, Path] = field(default_factory=dict)
    ratings: Path | None = None
    sampling: SampleConfig = field(default_factory=SampleConfig)


@dataclass(frozen=True)
class PointsNumbers:
    """What findings about points alone are computed from."""

    verdict: PointsVerdict
    summary: dict[str, Any]
    dimension: int


class PointsStudy(CloudStudy):
    """A finished study of points alone."""

    def __init__(self, artifacts: PointsArtifacts) -> None:
        super().__init__(artifacts.points, artifacts.points, artifacts.statistics, artifacts.samples)
        self.artifacts = artifacts

    @cached_property
    def verdict(self) -> PointsVerdict:
        """Which draw is recommended, or why none is."""
        assert self.artifacts.ratings is not None
        return read_points_verdict(self.artifacts.ratings)

    @cached_property
    def scores(self) -> ScoreTable:
        """What the stored draws of every level have."""
        assert self.artifacts.ratings is not None
        return read_table(self.artifacts.ratings / SCORES)

    @cached_property
    def numbers(self) -> PointsNumbers:
        """What the findings are computed from."""
        return PointsNumbers(self.verdict, self.summary, self.dimension)
