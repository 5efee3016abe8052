"""How many synthetic faces, and which."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig, machine_field


class SynthesisConfig(StageConfig):
    """The synthetic faces, the input where no data are given."""

    count: int = Field(4000, ge=10, le=999_999, description="Number of faces to render.")
    seed: int = Field(0, ge=0, description="Seed of the faces.")
    workers: int | None = machine_field(None, ge=1, description="Number of processes; by default one per core.")
