"""Configuration of the rate stage."""

from __future__ import annotations

from pydantic import Field

from tasks.sampling.config import SampleConfig
from tasks.stage.config import StageConfig

TRAINING = "training"
"""The name of the fixed row: training points as they are, which a perfect sampler would equal."""


class RateConfig(StageConfig):
    """How drawn points are compared with held-out ones."""

    count: int = Field(1000, ge=20, le=100_000, description="Points of each draw, and as many held-out ones.")
    repeats: int = Field(
        5, ge=2, le=100, description="Fresh draws of each sampler at its most promising level; 95 % intervals need 2."
    )
    folds: int = Field(3, ge=2, le=20, description="Folds of the cross-validation in which draws are told apart.")
    neighbours: int = Field(5, ge=1, le=100, description="Nearest neighbours that vote, and that make up a region.")
    directions: int = Field(256, ge=8, le=10_000, description="Directions of the sliced Wasserstein distance.")
    most_copied: float = Field(0.1, ge=0, le=1, description="Largest share of copies of a draw to recommend.")
    seed: int = Field(0, ge=0, description="Seed of the draws and of the measures' random choices.")


class RatingConfig(StageConfig):
    """What one sampler is rated with: the settings of the draws and those of the comparison."""

    sampler: str
    sample: SampleConfig
    rate: RateConfig
