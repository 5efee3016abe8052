"""One of the studies that are compared."""

from __future__ import annotations

import math

from tasks.comparing.config import Member
from tasks.finished.artifacts import Artifacts
from tasks.finished.numbers import number_at
from tasks.finished.study import Study


class ComparedStudy(Study):
    """A finished study in a comparison: its ``name``, its place on the axes, and the key of its feature network."""

    def __init__(self, artifacts: Artifacts, member: Member) -> None:
        super().__init__(artifacts)
        self.name, self.settings, self.network_key = member.name, member.values, member.network

    def fact(self, *path: str) -> float:
        """A number of the summary; NaN where it is absent or undefined."""
        return number_at(self.summary, *path)

    def error(self, of: str = "autoencoder") -> float:
        """The held-out error of the autoencoder, or of a ``pca`` with as many components."""
        return number_at(self.pca_baseline, of, "mse")

    def decoding(self) -> float:
        """What decoding alone costs: reconstructions' distance from photographs over the photographs' variance."""
        return number_at(self.verdict.autoencoder, "decoder_share")

    def distance(self, sampler: str) -> float:
        """The distance that decides, of the sampler at its most promising level; NaN where it was not judged."""
        row = self.verdict.leader(sampler)
        return row.distance.value if row is not None else math.nan
