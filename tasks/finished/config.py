"""By which number samplers are judged."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tasks.stage.config import StageConfig


class CriterionConfig(StageConfig):
    """The rule by which samplers are compared."""

    metric: str = Field(
        "fd", pattern=r"^[a-z_]+$", description="Metric that decides between samplers (lower is better)."
    )
    reference: Literal["heldout", "train"] = Field(
        "heldout", description="Images that the deciding metric compares with; heldout does not reward copying."
    )
    significance: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Two samplers differ if the p-value, adjusted for the number of pairs, is below this.",
    )
    minimum_novelty: float = Field(
        0.5, ge=0, le=1, description="Samplers below this novelty (0 copies, 1 unseen faces) are not recommended."
    )
