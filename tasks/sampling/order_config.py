"""What can be set about faces with attributes."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig


class OrderConfig(StageConfig):
    """How faces with attributes are drawn, beside normal distributions given attributes, which need no training."""

    guided: bool = Field(
        False,
        description="Whether a flow given attributes is trained too, which takes minutes; faces with attributes are "
        "then drawn from it.",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the flow's training.")
