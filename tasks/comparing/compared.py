"""The studies of a comparison side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from tasks.comparing.axes import seeds_of
from tasks.comparing.config import ComparisonConfig
from tasks.comparing.headline import all_figures
from tasks.comparing.scheme import Scheme
from tasks.comparing.study import ComparedStudy
from tasks.comparing.verdict import Verdict, judge


class Compared:
    """What all sections are made from. ``seeds``: the axes that differ if all studies are runs of one configuration."""

    def __init__(self, studies: Sequence[ComparedStudy], config: ComparisonConfig) -> None:
        self.studies, self.config = tuple(studies), config
        self.settings = [study.settings for study in studies]
        self.seeds = seeds_of(self.settings)
        self.scheme = Scheme(self.settings)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """A verdict on every figure."""
        return judge(all_figures(self.studies), self.studies, self.config.significance, self.config.stable)

    def about(self, topic: str) -> list[Verdict]:
        """The verdicts on the figures of ``topic``."""
        return [verdict for verdict in self.verdicts if verdict.figure.topic == topic]

    @property
    def networks(self) -> list[str]:
        """The keys of the feature networks; distances can be compared where there is only one."""
        return list(dict.fromkeys(study.network_key for study in self.studies))
