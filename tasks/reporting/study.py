"""The study that a report is about, with what its numbers say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from tasks.finished.artifacts import Artifacts
from tasks.finished.study import Study
from tasks.page.finding import Finding
from tasks.reporting.config import ReportConfig
from tasks.reporting.topics import find


class Claims(ABC):
    """Findings, and how sections choose among them."""

    @property
    @abstractmethod
    def findings(self) -> tuple[Finding, ...]:
        """What the numbers say, the answer first."""

    @property
    def answer(self) -> Finding | None:
        """The headline, where there is one."""
        return next((finding for finding in self.findings if finding.key == "answer"), None)

    def claims(self, anchor: str, *first: str) -> tuple[Finding, ...]:
        """The findings that a section gives evidence for, those with the keys ``first`` before others."""
        found = [finding for finding in self.findings if finding.section == anchor]
        return tuple(sorted(found, key=lambda one: first.index(one.key) if one.key in first else len(first)))


class ReportedStudy(Study, Claims):
    """A finished study and its findings. ``store``: the folder or URL that it is found in, as a command takes it."""

    def __init__(self, artifacts: Artifacts, config: ReportConfig, store: str) -> None:
        super().__init__(artifacts)
        self.config, self.store = config, store

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the numbers say, the answer first."""
        return tuple(find(self.numbers))
