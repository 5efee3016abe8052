"""The study of points alone that a report is about, with what its numbers say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import ModuleType

from tasks.finished.points import PointsArtifacts, PointsStudy
from tasks.page.finding import Finding
from tasks.reporting import points_topics
from tasks.reporting import topics as with_images
from tasks.reporting.alone import ALONE
from tasks.reporting.config import ReportConfig
from tasks.reporting.study import Claims
from tasks.reporting.topics import find
from tasks.stage.registry import modules_in


def topics() -> Mapping[str, ModuleType]:
    """The modules that have something to say of points alone: the topics that need no images, and their own."""
    return modules_in(with_images.__name__, ALONE) | modules_in(points_topics.__name__)


class ReportedPoints(PointsStudy, Claims):
    """A finished study of points and its findings. ``store``: the folder or URL that it is found in."""

    def __init__(self, artifacts: PointsArtifacts, config: ReportConfig, store: str) -> None:
        super().__init__(artifacts)
        self.config, self.store = config, store

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the numbers say, the answer first."""
        return tuple(find(self.numbers, topics()))
