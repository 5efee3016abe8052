"""Configuration of the assess stage: the feature network, the draws, and one sub-configuration for every metric."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import Field, create_model

from tasks.assessment.feature_config import FeaturesConfig
from tasks.assessment.frechet import FEWEST_DEBIASED
from tasks.assessment.metrics import registered
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError

FEWEST_PER_DRAW = 2
"""Images without which a draw has no distribution."""


class JudgeConfig(StageConfig):
    """How the draw to recommend is found: every sampler at one level, drawn anew."""

    count: int = Field(
        2000,
        ge=FEWEST_DEBIASED,
        le=1_000_000,
        description="Faces drawn for each sampler, over all its draws; 95 % intervals narrow with its square root.",
    )
    repeats: int = Field(
        8, ge=4, le=100, description="Independent draws, each from a fit of its own, that these are divided into."
    )
    most_broken: float = Field(0.2, ge=0, le=1, description="Largest share of broken faces of a draw to recommend.")
    most_copied: float = Field(0.1, ge=0, le=1, description="Largest share of copied faces of a draw to recommend.")


class AssessmentConfig(FeaturesConfig):
    """The settings that all metrics share."""

    count: int = Field(900, ge=4, le=1_000_000, description="Maximum number of images per row, over all its draws.")
    repeats: int = Field(3, ge=2, le=100, description="Disjoint draws per row; spread is their standard deviation.")
    reference_count: int = Field(
        20_000, ge=10, description="Maximum number of real images that draws are compared with."
    )
    seed: int = Field(0, ge=0, description="Seed of the draws and of the metrics' random choices.")
    inception: Path | None = Field(
        None,
        description="A TorchScript network whose features are used as well, such as inception-2015-12-05.pt. Its code "
        "is run, so name only a file that you trust.",
    )
    judge: JudgeConfig = Field(default_factory=JudgeConfig, description="How the draw to recommend is found.")

    def check_counts(self, training: int, held_out: int) -> None:
        """Raise ``InputError`` if a data set of so many images has too few for the draws of a row."""
        smaller, needed = min(training, held_out), FEWEST_PER_DRAW * self.repeats
        if smaller < needed:
            fewer = smaller // FEWEST_PER_DRAW
            lower = f", or set assess.repeats={fewer}" if fewer >= 2 else ""
            raise InputError(
                f"{training} training and {held_out} held-out images are too few for the scores: assess.repeats = "
                f"{self.repeats} draws of {FEWEST_PER_DRAW} or more need {needed} of each; add images{lower}"
            )

    def identity(self) -> dict[str, Any]:
        """What decides the scores once the features are given; the features have keys of their own."""
        apart = ("network", "inception", "judge")
        return {name: value for name, value in super().identity().items() if name not in apart}

    def for_judging(self) -> dict[str, Any]:
        """What decides how draws are judged, as JSON types."""
        return {**self.identity(), "judge": self.judge.identity()}

    def for_features(self) -> dict[str, Any]:
        """What decides the features, as JSON types."""
        return self.network.identity()

    def for_inception(self) -> dict[str, Any]:
        """What decides the features of the user's own network: its content, wherever it lies.

        Raises ``InputError`` if the file cannot be read.
        """
        assert self.inception is not None
        return {"inception": file_digest(self.inception)}


def file_digest(path: Path) -> str:
    """A digest of a file's content. Raises ``InputError`` that names a file that cannot be read."""
    try:
        facts = path.stat()
        return _digest(path, facts.st_mtime_ns, facts.st_size)
    except OSError as error:
        raise InputError(
            f"assess.inception: {path} cannot be read ({error.strerror}); give the path of a TorchScript file, or "
            "omit the setting"
        ) from error


@lru_cache(maxsize=8)
def _digest(path: Path, modified: int, size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def build_config() -> type[AssessmentConfig]:
    """The model with one field per metric, named after it, so that ``assess.swd.patches`` is a setting."""
    fields: dict[str, Any] = {
        name: (metric, Field(default_factory=metric, description=(metric.__doc__ or "").split("\n", 1)[0]))
        for name, metric in registered().items()
    }
    return create_model(
        "AssessConfig",
        __base__=AssessmentConfig,
        __module__=AssessmentConfig.__module__,
        __doc__="How decoded faces are scored against real ones.",
        **fields,
    )


if TYPE_CHECKING:
    AssessConfig: TypeAlias = AssessmentConfig
else:
    AssessConfig = build_config()
