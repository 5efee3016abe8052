"""A finished study of points alone, opened: new points by any sampler, or by the one that it recommends."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tasks.exploring.drawing import Drawing
from tasks.finished.points import PointsArtifacts, PointsStudy
from tasks.sampling.points import Points
from tasks.sampling.sampler import Level
from tasks.stage.errors import InputError


class Pick(NamedTuple):
    """A sampler and its level."""

    sampler: str
    level: Level


class OpenedPoints(Drawing):
    """``finished``: all that was found out about the points."""

    def __init__(self, artifacts: PointsArtifacts) -> None:
        super().__init__(artifacts.sampling, artifacts.samples)
        self.artifacts = artifacts
        self.finished = PointsStudy(artifacts)

    @property
    def dataset(self) -> Path:
        """The folder with what is known of every point."""
        return self.artifacts.points

    @property
    def points(self) -> Points:
        """The training points and every array of the statistics."""
        return self.finished.points

    @cached_property
    def recommendation(self) -> Pick:
        """The sampler and level of the study's verdict. Raises ``InputError`` that says why if there is none."""
        if self.artifacts.ratings is None:
            raise InputError(
                "this study has not been rated yet, so it recommends no sampler: 'latentfaces points' rates it; "
                "--sampler NAME chooses a sampler"
            )
        verdict = self.finished.verdict
        if verdict.pick is None:
            raise InputError(
                f"this study recommends no sampler: {verdict.withheld}; {verdict.remedy}, or choose one with "
                "--sampler NAME"
            )
        return Pick(verdict.pick.sampler, self.level_called(verdict.pick.sampler, verdict.pick.label))
