"""How the images are encoded."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig, machine_field


class EncodeConfig(StageConfig):
    """Chunks and batches of the encoding; both decide the last bits or the layout of the result."""

    batch_size: int = Field(128, ge=1, le=8192, description="Images per forward pass, counted from each chunk's start.")
    chunk_images: int = Field(
        1024, ge=1, le=65_536, description="Images per stored chunk: the unit that an interrupted run keeps."
    )
    device: str = machine_field("auto", description="Device for encoding: auto, cpu, cuda, cuda:0 or mps.")
