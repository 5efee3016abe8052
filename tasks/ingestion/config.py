"""What can be set about ingesting."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.stage.config import StageConfig, machine_field

Persons = Literal["auto", "folders", "none"]


class IngestConfig(StageConfig):
    """How images are cropped, resized and split, and how many may be unreadable."""

    image_size: int = Field(
        64,
        ge=32,
        le=256,
        description="Side of the stored square images in pixels. The autoencoder halves it several times, so it "
        "should be a multiple of 16: 64, 96, 128.",
    )
    crop: Literal["auto", "square"] | Annotated[int, Field(ge=8, le=65536)] = Field(
        "auto",
        description="Crop before resizing. A number: the centre square with this side in pixels (148 frames an aligned "
        "CelebA face, 140 is the published protocol). square: the largest centre square. auto: 148 for CelebA, "
        "otherwise square.",
    )
    max_skipped_share: float = Field(
        0.001,
        ge=0,
        le=1,
        description="Share of the images that may be unreadable before the stage fails; these are skipped.",
    )
    min_skipped_allowed: int = Field(
        10,
        ge=0,
        le=1_000_000,
        description="Number of unreadable images that is always allowed.",
    )
    validation_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of images drawn for validation if the data have no partition.",
    )
    test_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of images drawn for testing if the data have no partition.",
    )
    split_seed: int = Field(
        0,
        ge=0,
        lt=2**63,
        description="Seed of the partition that is drawn if the data have none.",
    )
    persons: Persons = Field(
        "auto",
        description="Whether each folder is one person, if the data have no identity list; a drawn partition keeps all "
        "images of a person on one side. folders: yes. none: no. auto: if there are at least 20 folders and most files "
        "are named after their folder, or like files of other folders.",
    )
    workers: int | None = machine_field(
        None,
        ge=1,
        le=1024,
        description="Threads that decode images; by default one per core. The result does not depend on it.",
    )

    @model_validator(mode="after")
    def _leave_images_on_both_sides(self) -> IngestConfig:
        if not 0 < self.validation_share + self.test_share < 1:
            raise ValueError("validation_share + test_share must be above 0 and below 1: both sides need images")
        return self
